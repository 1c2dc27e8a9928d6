use super::super::flights::Flight;
use super::*;

fn take(places: &Arc<Places>, peer: &str) -> Option<Place> {
    places.take_free(peer.parse().unwrap())
}

fn dismissed(places: &[&Place]) -> Vec<bool> {
    places
        .iter()
        .map(|place| place.flights().is_dismissed())
        .collect()
}

#[test]
fn the_largest_crowd_pays_and_its_longest_wait_first() {
    let places = Places::new(4, Bodies::new(1 << 20));
    let own = take(&places, "192.0.2.1").unwrap();
    let (one, two) = (
        take(&places, "192.0.2.7").unwrap(),
        take(&places, "192.0.2.7").unwrap(),
    );
    drop(Flight::begin(one.flights()));
    let three = take(&places, "::ffff:192.0.2.7").unwrap();
    assert!(take(&places, "192.0.2.9").is_none(), "all taken");
    places.make_room();
    let all = [&own, &one, &two, &three];
    assert_eq!(
        dismissed(&all),
        [false, false, true, false],
        "never asked, and longest"
    );
    places.make_room();
    assert_eq!(dismissed(&all), [false, false, true, false], "one at a time");
    drop(two);
    assert!(take(&places, "192.0.2.9").is_some());
}

#[tokio::test(start_paused = true)]
async fn many_silent_networks_do_not_push_out_a_gateway() {
    let places = Places::new(4, Bodies::new(1 << 20));
    let gateway = [(); 2].map(|()| take(&places, "192.0.2.1").unwrap());
    gateway
        .iter()
        .for_each(|place| drop(Flight::begin(place.flights())));
    let silent = take(&places, "2001:db8:0:1::1").unwrap();
    tokio::time::advance(GRACE).await;
    let newcomer = take(&places, "2001:db8:0:2::1").unwrap();
    places.make_room();
    let all = [&gateway[0], &gateway[1], &silent, &newcomer];
    assert_eq!(dismissed(&all), [false, false, true, false]);
    drop(silent);
    places.make_room();
    let rest = [&gateway[0], &gateway[1], &newcomer];
    assert_eq!(dismissed(&rest), [true, false, false], "a newcomer has a moment");
}

#[tokio::test]
async fn who_is_being_served_stays() {
    let places = Places::new(1, Bodies::new(1 << 20));
    let place = take(&places, "2001:db8::1").unwrap();
    let flight = Flight::begin(place.flights());
    places.make_room();
    assert_eq!(dismissed(&[&place]), [false]);
    drop(flight);
    places.make_room();
    assert_eq!(dismissed(&[&place]), [true]);
    let waiting = places.take("192.0.2.1".parse().unwrap());
    drop(place);
    assert!(
        tokio::time::timeout(Duration::from_secs(20), waiting)
            .await
            .is_ok()
    );
}

#[test]
fn a_network_is_what_one_peer_can_have() {
    let of = |text: &str| network(text.parse().unwrap()).to_string();
    assert_eq!(of("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
    assert_eq!(of("192.0.2.7"), of("::ffff:192.0.2.7"));
}

#[test]
fn places_and_crowds_are_given_back() {
    let places = Places::new(100, Bodies::new(1 << 20));
    let mut taken: Vec<Place> = (0..60)
        .map(|n| take(&places, &format!("192.0.2.{}", n % 7)).unwrap())
        .collect();
    for at in [59, 0, 30, 17, 5] {
        taken.swap_remove(at.min(taken.len() - 1));
    }
    taken.clear();
    let table = places.table();
    assert!(table.seats.is_empty() && table.crowds.is_empty());
}
