// The colours of the page as it is shown now, for canvases.
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
const partColour = (part) => colour(`p${part.colour}`);
const light = matchMedia("(prefers-color-scheme: light)");
const still = matchMedia("(prefers-reduced-motion: reduce)");

// A canvas with as many dots as the screen has on its area; null where it is not shown.
function surface(canvas) {
  const { clientWidth: width, clientHeight: height } = canvas;
  if (!width || !height) return null;
  const dots = Math.min(devicePixelRatio || 1, 2.5);
  canvas.width = Math.round(width * dots);
  canvas.height = Math.round(height * dots);
  const context = canvas.getContext("2d");
  context.scale(dots, dots);
  return { context, width, height };
}
