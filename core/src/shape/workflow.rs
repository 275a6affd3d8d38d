//! Graphs of nodes that a workflow runs through.

use std::collections::HashMap;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::{Others, Problem, present, read};

#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct Definition {
    #[serde(default)]
    nodes: Vec<Node>,
    #[serde(default)]
    edges: Vec<Edge>,
    #[serde(flatten)]
    _others: Others,
}

#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct Node {
    id: String,
    #[serde(rename = "type")]
    kind: Kind,
    #[serde(default, rename = "config")]
    _config: Map<String, Value>,
    #[serde(default, deserialize_with = "present", rename = "position")]
    _position: Option<Position>,
    #[serde(flatten)]
    _others: Others,
}

#[derive(Deserialize, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Trigger,
    Action,
    Condition,
    Wait,
}

#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct Position {
    #[serde(rename = "x")]
    _x: f64,
    #[serde(rename = "y")]
    _y: f64,
    #[serde(flatten)]
    _others: Others,
}

#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct Edge {
    from: String,
    to: String,
    #[serde(default, deserialize_with = "present", rename = "condition")]
    _condition: Option<String>,
    #[serde(flatten)]
    _others: Others,
}

/// What keeps the definition from being read as a graph: an unfinished one is fine.
pub(super) fn shape_problems(json: &str) -> Vec<Problem> {
    match read::<Definition>(json) {
        Ok(definition) => Graph::of(&definition).1,
        Err(problem) => vec![problem],
    }
}

/// What keeps the definition from being run: besides its shape, there is exactly one trigger,
/// nothing leads back to it, every node is reached from it, and every circle holds a wait, so that
/// no run goes round for ever at full speed.
pub(super) fn problems(json: &str) -> Vec<Problem> {
    let definition = match read::<Definition>(json) {
        Ok(definition) => definition,
        Err(problem) => return vec![problem],
    };
    let (graph, mut problems) = Graph::of(&definition);
    let nodes = &definition.nodes;
    let triggers: Vec<usize> = (0..nodes.len())
        .filter(|&i| nodes[i].kind == Kind::Trigger)
        .collect();
    match triggers.as_slice() {
        [] => problems.push(Problem::new("nodes", "there is no trigger")),
        [_] => {}
        [_, others @ ..] => problems.extend(
            others
                .iter()
                .map(|&i| at(i, &format!("{:?} is a further trigger", nodes[i].id))),
        ),
    }
    for (i, edge) in definition.edges.iter().enumerate() {
        let to = graph.index.get(edge.to.as_str());
        if to.is_some_and(|&to| nodes[to].kind == Kind::Trigger) {
            problems.push(Problem::new(
                format!("edges[{i}].to"),
                format!("{:?} is a trigger, nothing leads to it", edge.to),
            ));
        }
    }
    if !triggers.is_empty() {
        let reached = graph.reached(&triggers);
        problems.extend((0..nodes.len()).filter(|&i| !reached[i]).map(|i| {
            at(
                i,
                &format!("{:?} is not reached from the trigger", nodes[i].id),
            )
        }));
    }
    let waits = |i: usize| nodes[i].kind == Kind::Wait;
    for circle in graph.circles(&waits) {
        let names: Vec<String> = circle
            .iter()
            .take(10)
            .map(|&i| format!("{:?}", nodes[i].id))
            .collect();
        let more = if circle.len() > 10 { " and others" } else { "" };
        problems.push(at(
            circle[0],
            &format!("{}{more}: a circle without a wait", names.join(", ")),
        ));
    }
    problems
}

fn at(node: usize, message: &str) -> Problem {
    Problem::new(format!("nodes[{node}]"), message)
}

/// Nodes by their places, edges as lists of successors.
struct Graph<'a> {
    index: HashMap<&'a str, usize>,
    successors: Vec<Vec<usize>>,
}

impl<'a> Graph<'a> {
    /// The graph, and what is wrong with ids and edges.
    fn of(definition: &'a Definition) -> (Self, Vec<Problem>) {
        let mut problems = Vec::new();
        let mut index = HashMap::with_capacity(definition.nodes.len());
        for (i, node) in definition.nodes.iter().enumerate() {
            if node.id.is_empty() {
                problems.push(Problem::new(format!("nodes[{i}].id"), "is empty"));
            } else if let Some(first) = index.insert(node.id.as_str(), i) {
                problems.push(Problem::new(
                    format!("nodes[{i}].id"),
                    format!("{:?} is the id of nodes[{first}] too", node.id),
                ));
            }
        }
        let mut successors = vec![Vec::new(); definition.nodes.len()];
        for (i, edge) in definition.edges.iter().enumerate() {
            let mut end = |name: &str, id: &str| {
                let found = index.get(id).copied();
                if found.is_none() {
                    problems.push(Problem::new(
                        format!("edges[{i}].{name}"),
                        format!("there is no node {id:?}"),
                    ));
                }
                found
            };
            let (from, to) = (end("from", &edge.from), end("to", &edge.to));
            if let (Some(from), Some(to)) = (from, to) {
                successors[from].push(to);
            }
        }
        (Self { index, successors }, problems)
    }

    /// Which nodes can be reached from these.
    fn reached(&self, starts: &[usize]) -> Vec<bool> {
        let mut reached = vec![false; self.successors.len()];
        let mut next = starts.to_vec();
        while let Some(node) = next.pop() {
            if !std::mem::replace(&mut reached[node], true) {
                next.extend(&self.successors[node]);
            }
        }
        reached
    }

    /// The strongly connected components that hold a circle, where nodes that are `cut` are taken
    /// out (Tarjan 1972, with a stack of its own instead of recursion). Each in the order of the
    /// nodes, sorted by their first one.
    fn circles(&self, cut: &dyn Fn(usize) -> bool) -> Vec<Vec<usize>> {
        const UNSEEN: usize = usize::MAX;
        let count = self.successors.len();
        let (mut order, mut low) = (vec![UNSEEN; count], vec![0; count]);
        let mut on_stack = vec![false; count];
        let (mut stack, mut seen, mut circles) = (Vec::new(), 0, Vec::new());
        for root in (0..count).filter(|&i| !cut(i)) {
            if order[root] != UNSEEN {
                continue;
            }
            // Nodes being visited, each with the number of its successors that are done.
            let mut visits = vec![(root, 0)];
            while let Some((node, done)) = visits.pop() {
                if done == 0 {
                    (order[node], low[node]) = (seen, seen);
                    seen += 1;
                    stack.push(node);
                    on_stack[node] = true;
                } else {
                    let child = self.successors[node][done - 1];
                    if on_stack[child] {
                        low[node] = low[node].min(low[child]);
                    }
                }
                if let Some(&child) = self.successors[node].get(done) {
                    visits.push((node, done + 1));
                    if !cut(child) && order[child] == UNSEEN {
                        visits.push((child, 0));
                    }
                } else if low[node] == order[node] {
                    let start = stack.iter().rposition(|&n| n == node).unwrap_or(0);
                    let mut component = stack.split_off(start);
                    for &member in &component {
                        on_stack[member] = false;
                    }
                    if component.len() > 1 || self.successors[node].contains(&node) {
                        component.sort_unstable();
                        circles.push(component);
                    }
                }
            }
        }
        circles.sort_unstable();
        circles
    }
}
