// First of all: what the host put into the address leaves it before anything else is loaded or asked.
import "./api/arrival";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./features/app/App";
import { ErrorBoundary } from "./features/app/ErrorBoundary";
import "./ui/base.css";

const root = document.getElementById("root");
if (!root) throw new Error("index.html has no #root");
createRoot(root).render(
  <StrictMode>
    <ErrorBoundary>
      <App />
    </ErrorBoundary>
  </StrictMode>,
);
