import { cover, heading, list, paragraph, score, tiles } from './blocks.ts';
import { bars, stacked } from './charts.ts';
import type { Block, PdfDocument } from './document.ts';
import { Pages } from './page.ts';
import { table } from './table.ts';

/** Lays a document out. Takes seconds for thousands of rows: the thread that prints calls it (worker.ts). */
export function renderPdf(document: PdfDocument): Promise<Uint8Array> {
  const pages = new Pages(document);
  for (const block of document.blocks) draw(pages, block);
  return pages.finish();
}

function draw(pages: Pages, block: Block): void {
  switch (block.kind) {
    case 'cover':
      cover(pages, block);
      break;
    case 'heading':
      heading(pages, block);
      break;
    case 'paragraph':
      paragraph(pages, block);
      break;
    case 'list':
      list(pages, block);
      break;
    case 'tiles':
      tiles(pages, block);
      break;
    case 'score':
      score(pages, block);
      break;
    case 'bars':
      bars(pages, block);
      break;
    case 'stacked':
      stacked(pages, block);
      break;
    case 'table':
      table(pages, block);
      break;
    case 'pageBreak':
      pages.break();
      break;
  }
}
