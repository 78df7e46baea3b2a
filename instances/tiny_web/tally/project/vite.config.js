import { defineConfig } from 'vite'

export default defineConfig({
  root: 'src',
  cacheDir: '../.vite',
  build: { outDir: '../dist', emptyOutDir: true },
  esbuild: { jsx: 'automatic', jsxImportSource: 'preact' },
})
