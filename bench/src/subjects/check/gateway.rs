//! A real nginx that asks us before each request, beside the same nginx that asks a constant backend.

use super::{Credential, LONG, Requests};
use crate::harness::{Bound, Contender, Cpu, Fault, Figure, Ground, Plan, Subject};
use crate::stage::{Bare, Connect, Kind, Load, Loaded, Nginx, Product, request_bytes};

pub(in crate::subjects) const GATEWAY: Subject = Subject {
    name: "check-nginx",
    what: "requests to nginx, whose auth_request asks /check with a bearer token",
    baseline: "the same nginx, whose auth_request asks a hyper server that answers with the same bytes",
    prepare,
};

fn prepare(ground: &Ground) -> Result<Plan, Fault> {
    let product = Product::start(ground, LONG)?;
    let mut requests = Requests::make(ground, &product, Credential::Token)?;
    let answer = requests.answer(&product)?;
    let bare = Bare::start(ground, Kind::Http1, &answer)?;
    // nginx describes the request itself.
    for fields in &mut requests.fields {
        fields.retain(|(name, _)| !name.starts_with("x-forwarded-"));
    }
    requests.per_turn /= 3;
    let mut contenders: Vec<Box<dyn Contender>> = Vec::new();
    let ours = Nginx::start(ground, "ours", &product.edge())?;
    let theirs = Nginx::start(ground, "theirs", &bare.connect)?;
    let (product_id, bare_id) = (product.process.id(), bare.process.id());
    contenders.push(contender(
        "symbolon",
        &requests,
        ours,
        (product_id, Box::new(product)),
    )?);
    contenders.push(contender(
        "bare hyper",
        &requests,
        theirs,
        (bare_id, Box::new(bare)),
    )?);
    Ok(Plan {
        contenders,
        figures: vec![
            Figure::rate_ratio("rate behind nginx, ours / constant").bound(Bound::at_least(0.9)),
            Figure::cpu_ratio("CPU of nginx and server, ours / constant"),
            Figure::cpu_of("CPU of nginx and symbolon", 0),
            Figure::cpu_of("CPU of nginx and bare hyper", 1),
            Figure::rate_of("rate behind nginx, ours", 0),
        ],
        remark: format!("{} credentials by Zipf 0.99", requests.fields.len()),
    })
}

/// Of the picture of one pixel that nginx answers with.
const END_OF_GIF: &[u8] = b"L\x01\x00;";

type Server = (u32, Box<dyn std::any::Any>);

fn contender(
    name: &'static str,
    requests: &Requests,
    nginx: Nginx,
    (id, server): Server,
) -> Result<Box<dyn Contender>, Fault> {
    let bytes = requests
        .fields
        .iter()
        .map(|fields| request_bytes("/orders/2026/11?page=2", fields))
        .collect();
    let load = Load::new(
        &Connect::Port(nginx.port),
        bytes,
        requests.order.clone(),
        requests.per_turn,
    )?
    .ending(END_OF_GIF)
    .warming();
    Ok(Box::new(Loaded {
        name,
        load: Box::new(load),
        cpu: Cpu::Processes(vec![id, nginx.process.id()]),
        _servers: vec![server, Box::new(nginx)],
    }))
}
