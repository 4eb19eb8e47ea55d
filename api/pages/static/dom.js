// What pages are written with: htm's templates and Preact's hooks, in one place.
export {
  Component, createContext, html, render, useCallback, useContext, useEffect, useErrorBoundary, useLayoutEffect, useMemo,
  useRef, useState,
} from "./vendor/htm-preact.js";
