use super::*;

fn only(text: &str) -> Function {
    let source = Source::of(text);
    assert_eq!(source.functions.len(), 1, "{source:?}");
    source.functions[0].clone()
}

#[test]
fn counts_the_parameters() {
    for (text, expected) in [
        ("fn a() {}", 0),
        ("fn a(self) {}", 0),
        ("fn a(&self) {}", 0),
        ("fn a<'a>(&'a mut self, b: u8) {}", 1),
        ("fn a(self: Arc<Self>, b: HashMap<u8, (u8, [u8; 2])>,) {}", 1),
        ("fn a(b: impl Fn(u8, u8) -> Vec<u8>, c: &str) {}", 2),
        (
            "fn a<F: Fn(u8) -> Option<u8>, G>(f: F, g: G, h: u8) where F: Send {}",
            3,
        ),
        ("fn a((b, c): (u8, u8), D { e, f }: D, #[cfg(x)] g: u8) {}", 3),
        ("fn a(b: u8, c: u8, d: u8, e: u8, f: u8, g: u8) -> [u8; 2];", 6),
        ("fn a(b: u8 /* , c: u8 */, d: u8) {}", 2),
    ] {
        assert_eq!(only(text).parameters, expected, "{text}");
    }
}

#[test]
fn measures_the_functions() {
    let function = only(
        "\n/// doc\npub fn a(\n    b: u8,\n) -> [u8; 4]\nwhere\n    u8: Copy,\n{\n    let c = \"}\";\n    { '}' }\n}\nstruct D;",
    );
    assert_eq!(
        (function.first_line, function.last_line, function.lines()),
        (3, 11, 9)
    );
    assert_eq!(only("trait T {\n    fn a(&self) -> u8;\n}").lines(), 1);
}

#[test]
fn sees_no_function_in_pointers_text_or_macros() {
    let text = "type A = fn(u8) -> u8; // fn b() {}\nconst C: &str = \"fn d() {}\"; macro_rules! m { ($e:ident) => { fn $e() {} } }";
    assert_eq!(Source::of(text).functions, []);
}

#[test]
fn finds_tests_with_their_modules() {
    let text = "fn a() {}
mod outer {
    #[cfg(test)]
    mod tests {
        #[test]
        #[should_panic(expected = \"x\")]
        fn b() {}
        #[tokio::test(flavor = \"multi_thread\")]
        async fn c() {}
        fn d() {}
    }
}
#[test]
fn e() {}";
    let tests: Vec<String> = Source::of(text)
        .functions
        .into_iter()
        .filter(|function| function.is_test)
        .map(|function| function.path)
        .collect();
    assert_eq!(tests, ["outer::tests::b", "outer::tests::c", "e"]);
}

#[test]
fn a_mark_belongs_to_the_next_function_alone() {
    let source = Source::of("#[test]\nconst A: u8 = 1;\nfn b() {}\n#[cfg(test)]\nfn c() {}");
    assert!(source.functions.iter().all(|function| !function.is_test));
}

#[test]
fn finds_test_blocks() {
    let text = "fn a() {}
#[cfg(test)]
mod tests;
#[cfg(test)]
#[allow(x)]
mod more {
    #[cfg(test)]
    fn b() {}
}
#[cfg(all(test, unix))]
use std::fs;
#[cfg(not(test))]
fn c() {}";
    let source = Source::of(text);
    assert_eq!(source.test_blocks, [(2, 3), (4, 9), (10, 11)]);
    assert_eq!((source.test_lines(), source.lines), (10, 13));
    assert!(source.is_in_tests(8) && !source.is_in_tests(13));
}

#[test]
fn collects_names_of_types_and_modules() {
    let source = Source::of("pub struct A<T>(T);\nenum B {}\nmod c {}\nfn d<T: e>(f: T) {}");
    let names: Vec<(&str, usize)> = source
        .named
        .iter()
        .map(|(_, name, line)| (name.as_str(), *line))
        .collect();
    assert_eq!(names, [("A", 1), ("B", 2), ("c", 3)]);
}
