// Texts and fields of the page that stand out too little (WCAG 2.2: 1.4.3 and 1.4.11): what they say, and their contrast.
const channel = (value) => {
  const part = value / 255;
  return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
};
const numbers = (colour) => (colour.match(/[\d.]+/g) ?? []).map(Number);
const luminance = ([red, green, blue]) => 0.2126 * channel(red) + 0.7152 * channel(green) + 0.0722 * channel(blue);
const contrast = (one, other) => {
  const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
};
const ground = (element) => {
  for (let at = element; at; at = at.parentElement) {
    const colour = numbers(getComputedStyle(at).backgroundColor);
    if (colour.length === 3 || colour[3] === 1) {
      return colour;
    }
  }
  return numbers(getComputedStyle(document.documentElement).backgroundColor);
};
const pale = [];
for (const element of document.querySelectorAll("body *")) {
  const style = getComputedStyle(element);
  if (!element.getClientRects().length || style.visibility === "hidden") {
    continue;
  }
  const own = [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim());
  const colour = numbers(element instanceof SVGElement ? style.fill : style.color);
  if (own && colour.length >= 3) {
    const found = contrast(colour, ground(element));
    const size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    if (found < (large ? 3 : 4.5)) {
      pale.push([element.textContent.trim().slice(0, 40), found.toFixed(2)]);
    }
  }
  if (element.matches("input:not([type=checkbox]), select")) {
    const found = contrast(numbers(style.borderTopColor), ground(element.parentElement));
    if (found < 3) {
      pale.push([element.id, found.toFixed(2)]);
    }
  }
}
return pale;
