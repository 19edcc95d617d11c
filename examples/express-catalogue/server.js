import express from "express";

const products = Array.from({ length: 500 }, (_, id) => ({
  id,
  name: `Product ${id}`,
  price: (id * 7) % 100,
}));

const app = express();
app.use(express.json());

app.get("/healthz", (_request, response) => response.sendStatus(200));

app.get("/products", (request, response) => {
  const below = Number(request.query.below ?? 100);
  response.json(products.filter((it) => it.price < below).slice(0, 20));
});

app.get("/products/:id", (request, response) => {
  const product = products[Number(request.params.id)];
  product ? response.json(product) : response.sendStatus(404);
});

app.post("/quotes", (request, response) => {
  const total = request.body.ids.reduce((sum, id) => sum + (products[id]?.price ?? 0), 0);
  response.status(201).json({ total });
});

const server = app.listen(process.env.PORT ?? 3000);
process.on("SIGTERM", () => server.close());
