import { defineConfig } from "vitest/config";

// The server writes the pages and names the entry by the manifest; assets find each other by paths
// relative to themselves, so that any base path works.
export default defineConfig({
  base: "./",
  build: {
    outDir: "../target/classes/dashboard/assets",
    emptyOutDir: true,
    manifest: "manifest.json",
    assetsDir: "",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: "es2023",
    sourcemap: false,
    rollupOptions: { input: "src/main.ts" },
  },
  test: {
    environment: "jsdom",
    include: ["src/**/*.test.{ts,tsx}"],
  },
});
