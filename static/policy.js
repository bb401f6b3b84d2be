// Starts PyScript under the page's Content-Security-Policy.
//
// PyScript turns one hook that is meant for workers into text and back with Function(...), which the policy refuses.
// The page has no worker: without the hook, nothing asks for what the policy forbids.
import "./storage.js"; // first: PyScript asks for storage as soon as it runs
import { hooks } from "../vendor/pyscript/core.js";

hooks.worker.onBeforeRunAsync.clear();
