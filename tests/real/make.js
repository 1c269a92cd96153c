// Called by make.py: fill a form in with ExcelJS and with SheetJS, and save it in the formats that they write.
const fs = require("fs");
const path = require("path");
const [blank, asked, folder, tickbox] = process.argv.slice(2);
const entries = JSON.parse(fs.readFileSync(asked, "utf8"));

async function exceljs() {
  const ExcelJS = require("exceljs");
  const book = new ExcelJS.Workbook();
  await book.xlsx.readFile(blank);
  for (const [sheet, cell, value] of entries) book.getWorksheet(sheet).getCell(cell).value = value;
  await book.xlsx.writeFile(path.join(folder, `exceljs ${tickbox}.xlsx`));
}

function sheetjs() {
  const XLSX = require("xlsx");
  const book = XLSX.readFile(blank);
  for (const [sheet, cell, value] of entries)
    book.Sheets[sheet][cell] = { t: value === true ? "b" : "s", v: value };
  for (const [ending, type] of [["xlsx", "xlsx"], ["ods", "ods"], ["xls", "biff8"], ["xlsb", "xlsb"]])
    XLSX.writeFile(book, path.join(folder, `sheetjs ${tickbox}.${ending}`), { bookType: type, compression: true });
}

exceljs().then(sheetjs);
