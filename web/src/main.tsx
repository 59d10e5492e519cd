// First of all: what the host put into the address leaves it before anything else is loaded or asked.
import "./api/arrival";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { keepShell } from "./api/shell";
import { tab } from "./api/storage";
import { App } from "./features/app/App";
import { ErrorBoundary } from "./features/app/ErrorBoundary";
import { reloadWhenOutdated } from "./features/app/outdated";
import "./ui/base.css";

reloadWhenOutdated(
  window,
  tab,
  () => Date.now(),
  () => location.reload(),
);

if (import.meta.env.PROD) keepShell();

const root = document.getElementById("root");
if (!root) throw new Error("index.html has no #root");
createRoot(root).render(
  <StrictMode>
    <ErrorBoundary>
      <App />
    </ErrorBoundary>
  </StrictMode>,
);
