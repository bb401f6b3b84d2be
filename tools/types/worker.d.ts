// What the build writes ahead of static/sw.js (tools/build/offline.py).
declare const VERSION: string;
declare const FILES: Record<string, string>;
