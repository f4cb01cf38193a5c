//! The guard against real listeners and a resolver under our control.

use std::sync::atomic::{AtomicUsize, Ordering};

use axum::{Router, extract::State, http::HeaderMap, response::IntoResponse, routing::any};
use tokio::{net::TcpListener, sync::mpsc};

use super::*;

const PRIVATE: &str = "private address; FlowPilot may connect to public addresses only. Set FLOWPILOT_EGRESS=any";

const CODES: [u16; 5] = [301, 302, 303, 307, 308];

/// Every way of writing an address that is not public, and every name that leads to one.
const REFUSED: &str = "
    http://127.0.0.1/ https://127.0.0.1/ http://127.0.0.1:5432/ http://127.1/ http://127.0.1/ http://127.255.255.254/
    http://0x7f000001/ http://0x7f.0x0.0x0.0x1/ http://0x7f.1/ http://0X7F.0.0.1/ http://2130706433/ http://017700000001/
    http://0177.0.0.1/ http://0177.0.0.0x1/ http://00000177.0.0.1/ http://127.0.0.1./ http://127.0.0.1%2e/
    http://%31%32%37.0.0.1/ http://127%2e0%2e0%2e1/ http://127。0。0。1/ http://127.0.0.1/ http://①②⑦.⓪.⓪.①/
    http://0/ http://0.0.0.0/ http://0.1.2.3/ http://0x0/ http://00/ http://10.0.0.1/ http://10.255.255.255/ http://10.1/
    http://0xa000001/ http://012.0.0.1/ http://167772161/ http://100.64.0.1/ http://100.127.255.255/ http://169.254.0.1/
    http://169.254.169.254/ http://169.254.169.254/latest/meta-data/ http://2852039166/ http://0xa9fea9fe/
    http://0251.0376.0251.0376/ http://169.254.43518/ http://169.16689662/ http://169.254.170.2/ http://169.254.170.23/
    http://100.100.100.200/ http://172.16.0.1/ http://172.31.255.255/ http://172.20.1/ http://192.0.0.1/ http://192.0.0.192/
    http://192.0.2.1/ http://192.88.99.1/ http://192.168.0.1/ http://192.168.1.254/ http://192.168.1/ http://0xc0a80001/
    http://198.18.0.1/ http://198.19.255.255/ http://198.51.100.7/ http://203.0.113.9/ http://224.0.0.1/ http://239.255.255.255/
    http://240.0.0.1/ http://255.255.255.255/ http://4294967295/ http://[::]/ http://[::1]/ https://[::1]:8443/
    http://[0:0:0:0:0:0:0:1]/ http://[0000:0000:0000:0000:0000:0000:0000:0001]/ http://[::127.0.0.1]/ http://[::7f00:1]/
    http://[::ffff:127.0.0.1]/ http://[::ffff:7f00:1]/ http://[0:0:0:0:0:ffff:127.0.0.1]/ http://[::ffff:10.0.0.1]/
    http://[::ffff:169.254.169.254]/ http://[::ffff:a9fe:a9fe]/ http://[::ffff:192.168.1.1]/ http://[::ffff:0:127.0.0.1]/
    http://[64:ff9b::127.0.0.1]/ http://[64:ff9b::7f00:1]/ http://[64:ff9b::a9fe:a9fe]/ http://[64:ff9b::808:808]/
    http://[64:ff9b:1::1]/ http://[100::1]/ http://[2001::1]/ http://[2001:0:7f00:1::]/ http://[2001:db8::1]/
    http://[2002:7f00:1::]/ http://[2002:a9fe:a9fe::]/ http://[2002:c0a8:101::1]/ http://[3fff::1]/ http://[5f00::1]/
    http://[fc00::1]/ http://[fd00::1]/ http://[fd00:ec2::254]/ http://[fd20:ce::254]/ http://[fdff:ffff::1]/ http://[fe80::1]/
    http://[fe80::1%25eth0]/ http://[fe80::1%eth0]/ http://[febf::1]/ http://[fec0::1]/ http://[ff02::1]/ http://[ff0e::1]/
    http://localhost/ http://LOCALHOST/ http://localhost./ http://localhost:5432/ http://app.localhost/ http://ⓛocalhost/
    http://crm.local/ http://loop.test/ http://loop6.test/ http://mapped.test/ http://mixed.test/ http://mixed6.test/
    http://metadata.google.internal/computeMetadata/v1/ http://127.0.0.1.nip.test/ http://nat64.test/ http://postgres.test:5432/
    http://user@93.184.216.34/ http://user:pass@93.184.216.34/ http://:pass@93.184.216.34/ http://public.test@127.0.0.1/
    http://public.test%2f@127.0.0.1/ http://127.0.0.1\\@public.test/ http://127.0.0.1#@public.test/
    http://127.0.0.1?@public.test/ http:127.0.0.1 http:/127.0.0.1/ http:////127.0.0.1/ http:\\\\127.0.0.1\\ https:127.0.0.1/
    ftp://public.test/ file:///etc/passwd file://127.0.0.1/etc/passwd gopher://public.test/ dict://public.test:11211/
    data:text/plain,x javascript:alert(1) ws://public.test/ jar:http://public.test!/ ldap://public.test/ unix:///run/x.sock
    blob:http://public.test/x http:// http://[ http://[::1 http://256.256.256.256/ http://1.2.3.4.5.0x100/ //public.test/ /etc
";

#[tokio::test]
async fn no_spelling_of_a_private_address_gets_through() {
    let egress = with_names(EgressMode::PublicOnly);
    let urls: Vec<&str> = REFUSED.split_whitespace().collect();
    assert!(urls.len() >= 120, "{}", urls.len());
    for text in urls {
        let Ok(url) = Url::parse(text) else { continue };
        let result = egress.send(get(url)).await;
        assert!(matches!(result, Err(EgressError::Refused(_))), "{text}: {result:?}");
    }
}

#[tokio::test]
async fn the_same_names_and_addresses_are_refused_for_other_protocols() {
    let egress = with_names(EgressMode::PublicOnly);
    for host in
        ["127.0.0.1", "0x7f.1", "[::1]", "localhost", "mixed.test", "crm.local", "[::ffff:10.0.0.1]", "169.254.169.254"]
    {
        let result = egress.addresses(host, 25).await;
        assert!(matches!(result, Err(EgressError::Refused(_))), "{host}: {result:?}");
    }
    let found = egress.addresses("public.test", 25).await.unwrap();
    assert_eq!(found, ["93.184.216.34:25".parse().unwrap()]);
}

#[test]
fn public_addresses_pass() {
    let guard = Guard::of(EgressMode::PublicOnly);
    for address in
        ["93.184.216.34", "8.8.8.8", "1.1.1.1", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "2a00:1450::1"]
    {
        assert_eq!(guard.check("it", address.parse().unwrap()), Ok(()), "{address}");
    }
}

#[tokio::test]
async fn the_refusal_says_how_to_allow_it() {
    let error = with_names(EgressMode::PublicOnly).send(get(url("http://crm.local/"))).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("crm.local is a {PRIVATE} to allow it, or name it in FLOWPILOT_EGRESS_ALLOW.")
    );
}

#[tokio::test]
async fn metadata_stays_closed_when_everything_else_is_open() {
    let egress = with_names(EgressMode::Any);
    for text in [
        "http://169.254.169.254/",
        "http://[::ffff:a9fe:a9fe]/",
        "http://[64:ff9b::a9fe:a9fe]/",
        "http://[::ffff:0:a9fe:a9fe]/",
        "http://[fd00:ec2::254]/",
        "http://metadata.google.internal/",
    ] {
        let error = egress.send(get(url(text))).await.unwrap_err();
        assert!(error.to_string().contains("metadata"), "{text}: {error}");
    }
}

#[tokio::test]
async fn a_name_that_changes_its_mind_never_reaches_this_machine() {
    let (port, hits) = canary().await;
    let asked = AtomicUsize::new(0);
    let guard = Guard::configured(&config(EgressMode::PublicOnly, "", "any"), Vec::new());
    let names = Names::asking(guard.clone(), move |_| {
        let turn = asked.fetch_add(1, Ordering::Relaxed);
        let address = if turn.is_multiple_of(2) { "127.0.0.1" } else { "::1" };
        Box::pin(async move { Ok(vec![address.parse().unwrap()]) })
    });
    let egress = Egress::with(guard, names, Trust::default()).unwrap();
    for _ in 0..1_000 {
        let result = egress.send(get(url(&format!("http://rebind.test:{port}/")))).await;
        assert!(matches!(result, Err(EgressError::Refused(_))), "{result:?}");
    }
    assert_eq!(hits.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn alternating_answers_are_judged_each_time_they_are_used() {
    let asked = AtomicUsize::new(0);
    let guard = Guard::of(EgressMode::PublicOnly);
    let names = Names::asking(guard, move |_| {
        let turn = asked.fetch_add(1, Ordering::Relaxed);
        let address = if turn.is_multiple_of(2) { "93.184.216.34" } else { "127.0.0.1" };
        Box::pin(async move { Ok(vec![address.parse().unwrap()]) })
    });
    for turn in 0..1_000 {
        assert_eq!(names.addresses("rebind.test").await.is_ok(), turn % 2 == 0, "turn {turn}");
    }
}

#[tokio::test]
async fn no_secret_header_crosses_to_another_origin() {
    for code in CODES {
        let (target, mut seen) = receiver().await;
        let start = redirecting(code, format!("http://127.0.0.1:{target}/end")).await;
        with_names(EgressMode::Any).send(with_secrets(&format!("http://127.0.0.1:{start}/"))).await.unwrap();
        let headers = seen.recv().await.unwrap();
        for name in ["authorization", "cookie", "proxy-authorization", "x-api-key", "x-custom-token"] {
            assert!(!headers.contains_key(name), "{code}: {name} leaked");
        }
        assert_eq!(headers["idempotency-key"], "key");
    }
}

#[tokio::test]
async fn headers_stay_within_one_origin() {
    let (sender, mut seen) = mpsc::unbounded_channel();
    let app = Router::new()
        .route("/", any(|| async { (StatusCode::TEMPORARY_REDIRECT, [("location", "/end")]) }))
        .route("/end", any(record))
        .with_state(sender);
    let port = serve(app).await;
    with_names(EgressMode::Any).send(with_secrets(&format!("http://127.0.0.1:{port}/"))).await.unwrap();
    assert_eq!(seen.recv().await.unwrap()["authorization"], "canary");
}

#[tokio::test]
async fn every_hop_of_a_redirect_is_checked() {
    let egress = with_names(EgressMode::Any);
    let targets =
        ["http://169.254.169.254/", "http://metadata.google.internal/", "http://u:p@127.0.0.1/", "file:///etc/passwd"];
    for (target, code) in targets.into_iter().flat_map(|target| CODES.map(|code| (target, code))) {
        let last = redirecting(code, target.to_owned()).await;
        let first = redirecting(code, format!("http://127.0.0.1:{last}/")).await;
        let result = egress.send(get(url(&format!("http://127.0.0.1:{first}/")))).await;
        assert!(matches!(result, Err(EgressError::Refused(_))), "{code} {target}: {result:?}");
    }
}

#[tokio::test]
async fn the_own_doors_stay_closed_in_every_mode() {
    let (port, hits) = canary().await;
    for mode in [EgressMode::PublicOnly, EgressMode::Allowlist, EgressMode::Any] {
        let own = Own::listener(([127, 0, 0, 1], port).into());
        let egress =
            with_rules(Guard::configured(&config(mode, "0.0.0.0/0 ::/0 loop.test public.test", "any"), vec![own]));
        let away = redirecting(307, format!("http://loop.test:{port}/")).await;
        for host in [
            "127.0.0.1",
            "127.1",
            "0.0.0.0",
            "[::1]",
            "[::]",
            "[::ffff:127.0.0.1]",
            "loop.test",
            "localhost",
            "mapped.test",
        ] {
            let error = egress.send(get(url(&format!("http://{host}:{port}/")))).await.unwrap_err();
            assert!(error.to_string().contains("is FlowPilot itself"), "{mode:?} {host}: {error}");
            let error = egress.addresses(host, port).await.unwrap_err();
            assert!(error.to_string().contains("is FlowPilot itself"), "{mode:?} {host}: {error}");
        }
        let error = egress.send(get(url(&format!("http://127.0.0.1:{away}/")))).await.unwrap_err();
        assert!(error.to_string().contains("is FlowPilot itself"), "{mode:?}: {error}");
    }
    assert_eq!(hits.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn only_ports_of_the_web_are_called_unless_others_are_named() {
    let vet = |ports: &str, text: &str| {
        with_rules(Guard::configured(&config(EgressMode::PublicOnly, "", ports), Vec::new())).vet(&url(text))
    };
    for open in
        ["http://public.test/", "https://public.test/", "http://public.test:8080/", "https://93.184.216.34:8443/"]
    {
        assert_eq!(vet("", open), Ok(()), "{open}");
    }
    for closed in [22, 25, 3306, 5432, 6379, 9200, 11211, 65535] {
        let error = vet("", &format!("http://public.test:{closed}/")).unwrap_err();
        assert!(error.to_string().contains("Set FLOWPILOT_EGRESS_PORTS"), "{error}");
    }
    assert_eq!(vet("80,9200", "http://public.test:9200/"), Ok(()));
    assert!(vet("80,9200", "https://public.test/").is_err());
    assert_eq!(vet("any", "https://public.test:1/"), Ok(()));
    let egress = with_names(EgressMode::PublicOnly);
    assert!(egress.addresses("public.test", 587).await.is_ok());
    assert!(egress.addresses("public.test", 22).await.is_err());
}

#[test]
fn the_list_opens_what_it_names_and_nothing_else() {
    let check = |mode, host: &str, address: &str| {
        let guard = Guard::configured(&config(mode, "10.1.0.0/16 192.168.7.7 crm.corp *.intra.corp", ""), Vec::new());
        guard.check(host, address.parse().unwrap()).is_ok()
    };
    for mode in [EgressMode::PublicOnly, EgressMode::Allowlist] {
        for (host, address) in [
            ("x", "10.1.2.3"),
            ("x", "::ffff:10.1.2.3"),
            ("x", "192.168.7.7"),
            ("CRM.corp.", "10.9.9.9"),
            ("a.intra.corp", "10.9.9.9"),
        ] {
            assert!(check(mode, host, address), "{mode:?} {host} {address}");
        }
        for (host, address) in [
            ("x", "10.2.0.1"),
            ("x", "192.168.7.8"),
            ("evilcrm.corp", "10.9.9.9"),
            ("intra.corp", "10.9.9.9"),
            ("crm.corp", "169.254.169.254"),
        ] {
            assert!(!check(mode, host, address), "{mode:?} {host} {address}");
        }
    }
    assert!(check(EgressMode::PublicOnly, "public.test", "93.184.216.34"));
    assert!(!check(EgressMode::Allowlist, "public.test", "93.184.216.34"));
    for wrong in ["", "10.0.0.0/33", "http://crm", "a b", "*."] {
        assert!(wrong.parse::<crate::server::config::Allowed>().is_err(), "{wrong}");
    }
    for wrong in ["", "0", "80,", "http", "70000"] {
        assert!(wrong.parse::<crate::server::config::Ports>().is_err(), "{wrong}");
    }
}

#[tokio::test]
async fn a_circle_of_redirects_ends() {
    let app = Router::new().fallback(any(|| async { (StatusCode::FOUND, [("location", "/")]) }));
    let port = serve(app).await;
    let error = with_names(EgressMode::Any).send(get(url(&format!("http://127.0.0.1:{port}/")))).await.unwrap_err();
    assert_eq!(error, EgressError::Refused("127.0.0.1 redirects in a circle: more than 5 times.".to_owned()));
}

#[test]
fn https_never_becomes_http() {
    let request = get(url("https://public.test/"));
    let headers = [(http::header::LOCATION, "http://public.test/".parse().unwrap())].into_iter().collect();
    assert!(hop::next(&request, StatusCode::FOUND, &headers).is_err());
}

#[test]
fn a_post_becomes_a_get_where_the_redirect_says_so_and_stays_one_otherwise() {
    let mut request = get(url("https://public.test/"));
    request.method = Method::POST;
    request.body = Some("x".into());
    let headers = [(http::header::LOCATION, "/next".parse().unwrap())].into_iter().collect();
    for (status, method, has_body) in
        [(302, "GET", false), (303, "GET", false), (307, "POST", true), (308, "POST", true)]
    {
        let next = hop::next(&request, StatusCode::from_u16(status).unwrap(), &headers).unwrap().unwrap();
        assert_eq!((next.method.as_str(), next.body.is_some()), (method, has_body), "{status}");
        assert_eq!(next.url.as_str(), "https://public.test/next");
    }
}

#[tokio::test]
async fn an_answer_over_ten_mebibytes_is_refused() {
    let app = Router::new().fallback(any(|| async { vec![b' '; MAX_ANSWER + 1] }));
    let port = serve(app).await;
    let error = with_names(EgressMode::Any).send(get(url(&format!("http://127.0.0.1:{port}/")))).await.unwrap_err();
    assert!(error.to_string().contains("more than 10 MiB"), "{error}");
}

#[tokio::test]
async fn who_does_not_answer_may_answer_later() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let egress = with_names(EgressMode::Any);
    for text in [format!("http://127.0.0.1:{port}/secret-path?token=canary"), "http://nowhere.test/canary".to_owned()] {
        let error = egress.send(get(url(&text))).await.unwrap_err();
        assert!(matches!(error, EgressError::Unreachable(_)), "{error:?}");
        assert!(!error.to_string().contains("canary"), "{error}");
    }
}

fn with_names(mode: EgressMode) -> Egress {
    with_rules(Guard::of(mode))
}

fn config(mode: EgressMode, allow: &str, ports: &str) -> EgressConfig {
    let allow = allow.split_whitespace().map(|entry| entry.parse().unwrap()).collect();
    let ports = (!ports.is_empty()).then(|| ports.parse().unwrap());
    EgressConfig { mode, allow, ports, ca_file: None }
}

fn with_rules(guard: Guard) -> Egress {
    let names = Names::asking(guard.clone(), |name| {
        let found: &[&str] = match name.trim_end_matches('.') {
            "public.test" => &["93.184.216.34"],
            "localhost" | "app.localhost" | "loop.test" | "127.0.0.1.nip.test" | "postgres.test" => &["127.0.0.1"],
            "crm.local" => &["192.168.7.7"],
            "loop6.test" => &["::1"],
            "mapped.test" => &["::ffff:127.0.0.1"],
            "mixed.test" => &["93.184.216.34", "10.0.0.1"],
            "mixed6.test" => &["93.184.216.34", "fd00::1"],
            "nat64.test" => &["64:ff9b::7f00:1"],
            "metadata.google.internal" => &["169.254.169.254"],
            _ => &[],
        };
        let found = found.iter().map(|address| address.parse().unwrap()).collect();
        Box::pin(async move { Ok(found) })
    });
    Egress::with(guard, names, Trust::default()).unwrap()
}

fn url(text: &str) -> Url {
    text.parse().unwrap()
}

fn get(url: Url) -> Request {
    Request { method: Method::GET, url, headers: HeaderMap::new(), body: None }
}

fn with_secrets(text: &str) -> Request {
    let mut request = get(url(text));
    for name in ["authorization", "cookie", "proxy-authorization", "x-api-key", "x-custom-token"] {
        request.headers.insert(name, "canary".parse().unwrap());
    }
    request.headers.insert("idempotency-key", "key".parse().unwrap());
    request
}

async fn serve(app: Router) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move { axum::serve(listener, app).await });
    port
}

async fn redirecting(code: u16, target: String) -> u16 {
    let status = StatusCode::from_u16(code).unwrap();
    serve(Router::new().fallback(any(move || async move { (status, [("location", target)]) }))).await
}

async fn record(State(sender): State<mpsc::UnboundedSender<HeaderMap>>, headers: HeaderMap) -> impl IntoResponse {
    sender.send(headers).unwrap();
    "seen"
}

async fn receiver() -> (u16, mpsc::UnboundedReceiver<HeaderMap>) {
    let (sender, seen) = mpsc::unbounded_channel();
    (serve(Router::new().fallback(any(record)).with_state(sender)).await, seen)
}

/// Counts connections that must not be.
async fn canary() -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let hits = Arc::new(AtomicUsize::new(0));
    let count = hits.clone();
    tokio::spawn(async move {
        while listener.accept().await.is_ok() {
            count.fetch_add(1, Ordering::SeqCst);
        }
    });
    (port, hits)
}
