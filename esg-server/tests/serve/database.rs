//! Several servers over one database: `tests/postgres.sh cargo test -p esg-server --features postgres` brings one.

use serde_json::json;

use crate::served::{Served, event, fresh};

#[test]
fn two_servers_share_a_ledger_and_one_of_them_is_killed() {
    let url = std::env::var("ESG_POSTGRES").expect("tests/postgres.sh starts a database");
    let (first, second) = (fresh("database_1"), fresh("database_2"));
    let one = Served::open(&first, &["--database", &url]);
    let two = Served::open(&second, &["--database", &url, "--services", "telemetry"]);
    let path = "/api/v1/telemetry";
    std::thread::scope(|scope| {
        for (served, from) in [(&one, 0), (&two, 100)] {
            scope.spawn(move || {
                for id in from..from + 100 {
                    served.post("telemetry", path, &event(id)).expect(201);
                }
            });
        }
    });
    two.kill();
    // What the killed one acknowledged is there, and the other one goes on.
    assert_eq!(one.post("telemetry", path, &event(150)).expect(200).json()["outcome"], "duplicate");
    one.post("telemetry", path, &event(200)).expect(201);
    let order = r#"{"scope":[2],"date_range":{"start":"2024-01-01","end":"2024-12-31"}}"#;
    let report = one.post("compliance", "/api/v1/reports/ghg", order).expect(201);
    // 0 + 1 + ... + 200 kWh of IT energy x 1.2: 20,100 x 1.2 kWh.
    assert_eq!(report.json()["outside"]["energy_kwh"], json!("24120"));
    let again = one.get("compliance", &report.headers["location"]).expect(200);
    assert_eq!(again.body, report.body);
    one.get("compliance", "/api/v1/audit/proofs/0").expect(200);
}
