use super::*;
use crate::model::object::Access;
use crate::request::decode::decode;

fn neighbours(keys: &[&str]) -> (Option<String>, Option<bool>) {
    let request = decode(r#"{"schema": "s", "tables": ["t"], "bucket": "b"}"#).unwrap();
    let orders = Order::all_of(request, "m");
    let mut search = Search::new(orders.first().unwrap());
    for key in keys {
        let uri = ObjectUri { bucket: "b".to_owned(), key: (*key).to_owned() };
        search.see(ObjectMeta { uri, etag: String::new(), size: 1, access: Access::AtOnce });
    }
    (
        search.best.found.map(|best| match best {
            Candidate::File(best) => best.object.uri.key,
            Candidate::Parts(set) => set.name.address.key,
        }),
        search.neighbours,
    )
}

const OLD: &str = "s_t_2015-07-01T00:00:00Z.json";
const NEW: &str = "s_t_2015-07-02T00:00:00Z.json";

#[test]
fn keys_that_start_with_the_chosen_one_are_seen_as_it_is_found() {
    let longer = [format!("{OLD}.md5"), format!("{NEW}.md5"), format!("{NEW}_copy")];
    let longer = longer.each_ref().map(String::as_str);
    let chosen = Some(NEW.to_owned());
    assert_eq!(neighbours(&[OLD, longer[0], NEW]), (chosen.clone(), Some(false)));
    assert_eq!(neighbours(&[OLD, NEW, longer[1]]), (chosen.clone(), Some(true)));
    assert_eq!(neighbours(&[OLD, NEW, longer[2], "s_t_more"]), (chosen, Some(true)));
}

#[test]
fn a_listing_that_is_not_in_order_says_nothing_of_them() {
    assert_eq!(neighbours(&[NEW, OLD]), (Some(NEW.to_owned()), None));
}
