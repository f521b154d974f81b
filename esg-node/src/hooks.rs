//! The functions of JavaScript that this side calls: `lib/index.cjs` hands them over when it is loaded.
//!
//! They are kept for each thread, because a worker has an environment of its own. They are never dropped: an environment
//! frees what refers to it when it ends, and a thread may end after that.

use std::cell::RefCell;
use std::mem::ManuallyDrop;

use napi::bindgen_prelude::{
    FnArgs, FromNapiValue, Function, FunctionRef, JsObjectValue, JsValuesTupleIntoVec, Object, Unknown,
};
use napi::{Env, Error, Status};
use napi_derive::napi;

/// A value that a caller gave, of any type.
pub type Given = Unknown<'static>;

type Raise = FnArgs<(&'static str, String, String)>;
type Options = FnArgs<(Given, &'static str, Option<Given>)>;

struct Hooks {
    raise: FunctionRef<Raise, Given>,
    document: FunctionRef<Options, String>,
    json: FunctionRef<Given, String>,
    parse: FunctionRef<String, Given>,
}

thread_local! {
    static HOOKS: RefCell<Option<ManuallyDrop<Hooks>>> = const { RefCell::new(None) };
}

/// Takes the functions of JavaScript: `raise(code, message, details)` makes an error, `json(value)` writes JSON text,
/// `document(options, name, value)` that of options with one more field, and `parse(text)` reads it.
#[napi(skip_typescript)]
pub fn register(hooks: Object) -> napi::Result<()> {
    let hooks = Hooks {
        raise: function(&hooks, "raise")?,
        document: function(&hooks, "document")?,
        json: function(&hooks, "json")?,
        parse: function(&hooks, "parse")?,
    };
    HOOKS.with_borrow_mut(|kept| *kept = Some(ManuallyDrop::new(hooks)));
    Ok(())
}

fn function<A: JsValuesTupleIntoVec, R: FromNapiValue>(
    hooks: &Object,
    name: &str,
) -> napi::Result<FunctionRef<A, R>> {
    hooks.get_named_property::<Function<A, R>>(name)?.create_ref()
}

fn hooked<T>(of: impl FnOnce(&Hooks) -> napi::Result<T>) -> napi::Result<T> {
    HOOKS.with_borrow(|hooks| match hooks {
        Some(hooks) => of(hooks),
        None => Err(Error::new(Status::GenericFailure, "the binding was loaded without esg-node".to_owned())),
    })
}

/// Returns the `EsgError` of a refusal.
pub fn raise(env: &Env, error: &esg_core::Error) -> napi::Result<Error> {
    let raise = hooked(|hooks| hooks.raise.borrow_back(env))?;
    let details = esg_core::face::details(error).to_string();
    let raised = raise.call((error.code(), error.to_string(), details).into())?;
    Ok(Error::from(raised))
}

/// Returns options as the text of a document, with a field that the call has as an argument of its own.
pub fn document(env: &Env, options: Given, field: Option<(&'static str, Given)>) -> napi::Result<String> {
    let (name, value) = field.unzip();
    let arguments = (options, name.unwrap_or_default(), value).into();
    hooked(|hooks| hooks.document.borrow_back(env))?.call(arguments)
}

/// Returns a value of JavaScript as JSON text.
pub fn json(env: &Env, value: Given) -> napi::Result<String> {
    hooked(|hooks| hooks.json.borrow_back(env))?.call(value)
}

/// Returns JSON text as a value of JavaScript.
pub fn parse(env: &Env, text: String) -> napi::Result<Given> {
    hooked(|hooks| hooks.parse.borrow_back(env))?.call(text)
}
