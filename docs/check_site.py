"""Check the built pages: links, pictures and, with a browser, their layout.

Run ``python docs/check_site.py docs/_build/html``. Every link to a file or an anchor of
the site must lead somewhere, links to other sites must be complete addresses, and every
picture must have an alternative text.

``--browser /usr/bin/chromium`` also opens each page with playwright (``pip install
playwright``) in the width of a desktop and of a phone, in light and in dark colors. A
page must not scroll sideways, code must fit its column or scroll in its box, and text
must have a contrast of at least 4.5 to its background. ``--screenshots DIR`` stores
what the browser shows.
"""

import argparse
import re
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

# Names of widths in pixels.
WIDTHS = {"desktop": 1280, "phone": 390}
# WCAG 2.2, criterion 1.4.3, for text of normal size.
CONTRAST = 4.5
LAYOUT = """contrast => {
  const found = [];
  const root = document.documentElement;
  if (root.scrollWidth > innerWidth)
    found.push(`the page is ${root.scrollWidth} pixels wide in ${innerWidth} pixels`);
  const {scrollWidth: needed, clientWidth: given} =
    document.querySelector("article")?.parentElement ?? root;
  if (needed > given + 1)
    found.push(`the article needs ${needed} of ${given} pixels`);
  const scrolls = e => ["auto", "scroll"].includes(getComputedStyle(e).overflowX);
  for (const pre of document.querySelectorAll("article pre"))
    if (pre.scrollWidth > pre.clientWidth + 1 && !scrolls(pre))
      found.push(`code leaves its column: ${pre.textContent.trim().slice(0, 50)}`);
  const opacityOf = e => {
    let opacity = 1;
    for (; e; e = e.parentElement) opacity *= getComputedStyle(e).opacity;
    return opacity;
  };
  // The theme lets the whole article scroll, which is no box of its own.
  const boxed = e => e.tagName != "ARTICLE" && (scrolls(e) || boxed(e.parentElement));
  const canvas = document.createElement("canvas");
  const pen = canvas.getContext("2d", {willReadFrequently: true});
  const rgba = color => {
    pen.clearRect(0, 0, 1, 1);
    pen.fillStyle = color;
    pen.fillRect(0, 0, 1, 1);
    return [...pen.getImageData(0, 0, 1, 1).data];
  };
  const luminance = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map(v => v / 255).map(
      v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const ground = e => {
    for (; e; e = e.parentElement) {
      const color = rgba(getComputedStyle(e).backgroundColor);
      if (color[3] > 250) return color;
    }
    return [255, 255, 255];
  };
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const weak = new Map();
  while (walk.nextNode()) {
    const text = walk.currentNode, e = text.parentElement;
    const seen = {checkOpacity: true, checkVisibilityCSS: true};
    if (!text.data.trim() || !e.checkVisibility(seen)) continue;
    if (e.closest("svg, mjx-container, [aria-hidden=true], script, style")) continue;
    const style = getComputedStyle(e), behind = ground(e), opacity = opacityOf(e);
    const ink = rgba(style.color).map(
      (v, i) => opacity * v + (1 - opacity) * behind[i]);
    const [high, low] = [luminance(ink), luminance(behind)].sort((a, b) => b - a);
    const range = document.createRange();
    range.selectNodeContents(text);
    if (e.closest("article") && !boxed(e)
        && range.getBoundingClientRect().right > innerWidth + 1)
      found.push(`text leaves the page: ${text.data.trim().slice(0, 30)}`);
    const ratio = (high + 0.05) / (low + 0.05);
    const where = `${e.tagName.toLowerCase()}.${e.className} ${style.color}`;
    const words = JSON.stringify(text.data.trim().slice(0, 30));
    if (ratio < contrast) weak.set(where, `contrast ${ratio.toFixed(1)} of ${words}`);
  }
  for (const [where, what] of weak) found.push(`${what} (${where})`);
  return found;
}"""


class Page(HTMLParser):
    """The links, the anchors and the pictures of a page."""

    def __init__(self, path):
        super().__init__()
        self.links, self.anchors, self.without_text = [], set(), []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attrs):
        """Note what a tag refers to."""
        attrs = dict(attrs)
        self.anchors |= {attrs[key] for key in ("id", "name") if attrs.get(key)}
        self.links += [attrs[key] for key in ("href", "src") if attrs.get(key)]
        # The gallery names a figure without a title after the file of its example.
        text = attrs.get("alt") or ""
        if tag == "img" and (not text or re.fullmatch(r"plot [a-z0-9 ]+", text)):
            self.without_text.append(attrs.get("src", ""))


def pages_of(site):
    """Return the pages of a site, without those of its theme."""
    paths = sorted(site.rglob("*.html"))
    return [p for p in paths if "_static" not in p.relative_to(site).parts]


def broken_links(site):
    """Return what is wrong with the links and the pictures of a site.

    Parameters
    ----------
    site : Path
        Folder with the built pages.

    Returns
    -------
    problems : list of str
        One line for each link that leads nowhere, and each picture without text.
    """
    site = site.resolve()
    pages = {path: Page(path) for path in pages_of(site)}
    problems = []
    for path, page in pages.items():
        name = path.relative_to(site)
        problems += [f"{name}: no alternative text: {p}" for p in page.without_text]
        for link in page.links:
            if problem := problem_of(link, path, pages):
                problems.append(f"{name}: {problem}: {link}")
    return problems


def problem_of(link, path, pages):
    """Return why a link of a page leads nowhere, or nothing if it does not."""
    try:
        parts = urlsplit(link)
    except ValueError:
        return "not an address"
    if parts.scheme in ("data", "mailto"):
        return ""
    if parts.scheme or parts.netloc:
        whole = parts.scheme in ("http", "https") and "." in parts.netloc
        return "" if whole and " " not in link else "not an address"
    target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
    if target.is_dir():
        target /= "index.html"
    if not target.is_file():
        return "no such file"
    anchor = unquote(parts.fragment)
    if anchor and target in pages and anchor not in pages[target].anchors:
        return "no such anchor"
    return ""


def layout_problems(site, browser, screenshots=None):
    """Return what a browser finds in the pages, at each width and in both colors.

    Parameters
    ----------
    site : Path
        Folder with the built pages.

    browser : str
        Program of the browser, for example ``/usr/bin/chromium``.

    screenshots : Path or None, default=None
        Folder for pictures of the pages.

    Returns
    -------
    problems : list of str
        One line for each problem.
    """
    from playwright.sync_api import sync_playwright

    problems = []
    with sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=browser)
        for width, pixels in WIDTHS.items():
            for colors in ("light", "dark"):
                window = chromium.new_page(
                    viewport={"width": pixels, "height": 900}, color_scheme=colors
                )
                for path in pages_of(site):
                    window.goto(path.resolve().as_uri())
                    name = path.relative_to(site)
                    found = window.evaluate(LAYOUT, CONTRAST)
                    problems += [f"{name} ({width}, {colors}): {f}" for f in found]
                    if screenshots:
                        picture = (
                            f"{width}-{colors}-{'-'.join(name.with_suffix('').parts)}"
                        )
                        window.screenshot(path=screenshots / f"{picture}.png")
                window.close()
        chromium.close()
    return problems


def main(arguments=None):
    """Print the problems of a site, and return whether there are any."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("site", type=Path, help="folder with the built pages")
    parser.add_argument("--browser", help="program of a browser, to check the layout")
    parser.add_argument(
        "--screenshots", type=Path, help="folder for pictures of the pages"
    )
    options = parser.parse_args(arguments)
    problems = broken_links(options.site)
    if options.browser:
        if options.screenshots:
            options.screenshots.mkdir(parents=True, exist_ok=True)
        problems += layout_problems(options.site, options.browser, options.screenshots)
    count = f"{len(pages_of(options.site))} pages, {len(problems)} problems"
    sys.stdout.write("\n".join([*problems, count, ""]))
    return int(bool(problems))


if __name__ == "__main__":
    sys.exit(main())
