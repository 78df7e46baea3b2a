'use strict';

const { parse } = require('./parse');
const { format } = require('./format');

module.exports = { format, parse };
