import { createRequire } from 'node:module';
import { openSync } from 'fontkit';
import PDFDocument from 'pdfkit';
import type { PdfDocument } from './document.ts';
import { type HasGlyph, type Measure, visibleText, wrapText } from './text.ts';
import { colours, sizes } from './theme.ts';

const { resolve } = createRequire(import.meta.url);
const fontFile = (name: string): string => resolve(`dejavu-fonts-ttf/ttf/${name}.ttf`);

export type Weight = 'regular' | 'bold';

export interface TextStyle {
  size: number;
  weight?: Weight;
  colour?: string;
}

const files = { regular: fontFile('DejaVuSansCondensed'), bold: fontFile('DejaVuSansCondensed-Bold') } as const;

/** Characters that both fonts can draw. */
function commonGlyphs(): HasGlyph {
  const fonts = Object.values(files).map((file) => openSync(file));
  const known = new Map<number, boolean>();
  return (code) => {
    let has = known.get(code);
    if (has === undefined) {
      has = fonts.every((font) => 'hasGlyphForCodePoint' in font && font.hasGlyphForCodePoint(code));
      known.set(code, has);
    }
    return has;
  };
}

const margin = 46;
const headRoom = 22;
const footRoom = 30;

/** Pages, and where on them the next thing is drawn. All text goes through here, so that no character acts or vanishes. */
export class Pages {
  readonly pdf: PDFKit.PDFDocument;
  readonly left = margin;
  readonly width: number;
  readonly bottom: number;
  y = margin;
  readonly #hasGlyph = commonGlyphs();
  readonly #widths = { regular: new Map<string, number>(), bold: new Map<string, number>() };
  readonly #document: PdfDocument;

  constructor(document: PdfDocument) {
    this.#document = document;
    this.pdf = new PDFDocument({
      size: 'A4',
      layout: document.landscape ? 'landscape' : 'portrait',
      // The library makes no page by itself: below its own margins it would.
      margins: { top: 0, bottom: 0, left: 0, right: 0 },
      bufferPages: true,
      autoFirstPage: false,
      pdfVersion: '1.7',
      lang: 'en',
      displayTitle: true,
      info: {
        Title: visibleText(document.title, () => true),
        Producer: 'Phosor',
        Creator: 'Phosor',
        CreationDate: new Date(document.createdAt),
      },
    });
    this.pdf.registerFont('regular', files.regular);
    this.pdf.registerFont('bold', files.bold);
    this.pdf.addPage();
    this.width = this.pdf.page.width - 2 * margin;
    this.bottom = this.pdf.page.height - margin - footRoom;
  }

  /** A new page. */
  break(): void {
    this.pdf.addPage();
    this.y = margin + headRoom;
  }

  /** A new page, unless so much room is left. */
  need(height: number): void {
    if (this.y + height > this.bottom) this.break();
  }

  /** What a text will look like: visible, and known to have glyphs. */
  visible(text: string): string {
    return visibleText(text, this.#hasGlyph);
  }

  /** Lines of at most `width` points. */
  lines(text: string, width: number, style: TextStyle): string[] {
    return wrapText(this.visible(text), width, this.#measure(style));
  }

  widthOf(text: string, style: TextStyle): number {
    return this.#measure(style)(this.visible(text));
  }

  /** Draws a line whose text is visible already. */
  line(text: string, x: number, y: number, style: TextStyle): void {
    if (text === '') return;
    this.pdf
      .font(style.weight ?? 'regular')
      .fontSize(style.size)
      .fillColor(style.colour ?? colours.ink)
      .text(text, x, y, { lineBreak: false });
  }

  /** Draws one line of any text, cut with an ellipsis where it does not fit: only for labels whose whole text stands elsewhere. */
  label(text: string, x: number, y: number, width: number, style: TextStyle, align: 'left' | 'right' = 'left'): void {
    const measure = this.#measure(style);
    let shown = this.visible(text);
    if (measure(shown) > width) {
      const characters = [...shown];
      while (characters.length > 1 && measure(`${characters.join('')}…`) > width) characters.pop();
      shown = `${characters.join('')}…`;
    }
    this.line(shown, align === 'right' ? x + width - measure(shown) : x, y, style);
  }

  /** A block of text at the cursor, over as many pages as it takes. */
  paragraph(text: string, style: TextStyle, left = this.left, width = this.width): void {
    const height = lineHeight(style.size);
    for (const line of this.lines(text, width, style)) {
      this.need(height);
      this.line(line, left, this.y, style);
      this.y += height;
    }
  }

  rect(x: number, y: number, width: number, height: number, fill: string): void {
    this.pdf.rect(x, y, width, height).fill(fill);
  }

  rule(y: number, from: number, to: number, colour: string = colours.line): void {
    this.pdf.moveTo(from, y).lineTo(to, y).lineWidth(0.5).strokeColor(colour).stroke();
  }

  /** Heads, feet and numbers, when all pages are there. @returns the whole document */
  async finish(): Promise<Uint8Array> {
    const { count } = this.pdf.bufferedPageRange();
    const small = { size: sizes.small - 0.8, colour: colours.muted };
    const right = this.left + this.width;
    for (let index = 0; index < count; index += 1) {
      this.pdf.switchToPage(index);
      if (index > 0) {
        this.label(this.#document.runningHead, this.left, margin - 8, this.width, small);
        this.rule(margin + 6, this.left, right);
      }
      const y = this.bottom + 14;
      this.rule(y - 5, this.left, right);
      const number = `Page ${index + 1} of ${count}`;
      const room = this.widthOf(number, small) + 12;
      this.label(this.#document.footer, this.left, y, this.width - room, small);
      this.label(number, right - room, y, room, small, 'right');
    }
    const parts: Buffer[] = [];
    this.pdf.on('data', (part: Buffer) => parts.push(part));
    const ended = new Promise<void>((done, fail) => {
      this.pdf.on('end', done);
      this.pdf.on('error', fail);
    });
    this.pdf.end();
    await ended;
    return Buffer.concat(parts);
  }

  #measure({ size, weight = 'regular' }: TextStyle): Measure {
    const known = this.#widths[weight];
    // Widths grow with the size: each is asked for once, for a size of 100.
    return (text) => {
      let width = known.get(text);
      if (width === undefined) {
        width = this.pdf.font(weight).fontSize(100).widthOfString(text);
        if (known.size > 200_000) known.clear();
        known.set(text, width);
      }
      return (width * size) / 100;
    };
  }
}

export const lineHeight = (size: number): number => size * 1.36;
