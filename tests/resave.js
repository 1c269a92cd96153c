// Open every workbook of a folder and save it into another: node resave.js exceljs|sheetjs ENDING FROM TO
const fs = require("fs");
const path = require("path");

const [, , program, ending, from, to] = process.argv;

async function exceljs(source, target) {
  const { Workbook } = require("exceljs");
  const book = new Workbook();
  await book.xlsx.readFile(source);
  await book.xlsx.writeFile(target);
}

async function sheetjs(source, target) {
  const { readFile, writeFile } = require("xlsx");
  writeFile(readFile(source, { cellStyles: true }), target);
}

(async () => {
  for (const name of fs.readdirSync(from)) {
    const target = path.join(to, `${path.parse(name).name}.${ending}`);
    await { exceljs, sheetjs }[program](path.join(from, name), target);
  }
})();
