const main = document.querySelector('main')
main.dataset.ready = 'yes'
