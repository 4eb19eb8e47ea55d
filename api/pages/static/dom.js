// What pages are written with: htm's templates, Preact and its hooks, which the shell has loaded before any module.
const { preact, preactHooks, htm } = globalThis;

export const html = htm.bind(preact.h);
export const { render, createContext } = preact;
export const { useCallback, useContext, useEffect, useErrorBoundary, useLayoutEffect, useMemo, useRef,
  useState } = preactHooks;
