// Compiles and packs what the page holds, inside the bundled Python: node compile.mjs PYODIDE IN OUT
// So the same sources give the same bytes, whatever Python and zlib the builder has.
import fs from 'node:fs';
import path from 'node:path';
import {pathToFileURL} from 'node:url';

const [pyodide, from, to] = process.argv.slice(2).map((each) => path.resolve(each));
const {loadPyodide} = await import(pathToFileURL(path.join(pyodide, 'pyodide.mjs')));
const python = await loadPyodide({indexURL: pyodide + path.sep});
for (const name of ['std.zip', 'site.zip', 'worker.js']) python.FS.writeFile(`/${name}`, fs.readFileSync(path.join(from, name)));
python.FS.writeFile('/pyodide.asm.wasm', fs.readFileSync(path.join(pyodide, 'pyodide.asm.wasm')));
python.runPython(`
import gzip, py_compile, zipfile

def compiled(source, target):
    """The files with each module compiled, which halves the time to start; its hash is never compared."""
    mode = py_compile.PycInvalidationMode.UNCHECKED_HASH
    with zipfile.ZipFile(source) as files, zipfile.ZipFile(target, "w") as out:
        for name in files.namelist():
            content = files.read(name)
            if name.endswith(".py"):
                open("/one.py", "wb").write(content)
                py_compile.compile("/one.py", "/one.pyc", dfile=name, doraise=True, invalidation_mode=mode)
                name, content = name + "c", open("/one.pyc", "rb").read()
            out.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED, 9)

compiled("/std.zip", "/python_stdlib.zip")
compiled("/site.zip", "/site_compiled.zip")
for name in ("worker.js", "pyodide.asm.wasm"):
    open(f"/{name}.gz", "wb").write(gzip.compress(open(f"/{name}", "rb").read(), 9, mtime=0))
`);
fs.rmSync(to, {recursive: true, force: true});
fs.mkdirSync(to, {recursive: true});
for (const [name, made] of Object.entries({'python_stdlib.zip': 'python_stdlib.zip', 'site.zip': 'site_compiled.zip', 'worker.js.gz': 'worker.js.gz', 'pyodide.asm.wasm.gz': 'pyodide.asm.wasm.gz'})) {
  fs.writeFileSync(path.join(to, name), python.FS.readFile(`/${made}`));
}
