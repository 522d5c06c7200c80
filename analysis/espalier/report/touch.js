// Filters and sorts the tables; without it, and on paper, all rows are there.
for (const table of document.querySelectorAll("table.filtered")) {
  const body = table.tBodies[0];
  const rows = [...body.rows];
  const search = document.createElement("input");
  search.type = "search";
  search.placeholder = "filter rows: words that must all be there";
  search.setAttribute("aria-label", "filter rows");
  search.addEventListener("input", () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const row of rows) {
      const text = row.textContent.toLowerCase();
      row.hidden = !words.every((word) => text.includes(word));
    }
  });
  table.closest(".scroll").before(search);
  const order = new Intl.Collator(undefined, {numeric: true}).compare;
  [...table.tHead.rows[0].cells].forEach((head, column) => {
    let direction = 1;
    head.title = "sort";
    head.addEventListener("click", () => {
      const key = (row) => row.cells[column].dataset.value ?? row.cells[column].textContent;
      const number = head.classList.contains("number");
      const compare = (a, b) => number ? Number(key(a)) - Number(key(b)) || 0 : order(key(a), key(b));
      body.append(...rows.sort((a, b) => direction * compare(a, b)));
      direction = -direction;
    });
  });
}
