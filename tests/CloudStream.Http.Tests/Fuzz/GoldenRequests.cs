using System.Text;
using CloudStream.Records;
using CloudStream.Records.Compression;

namespace CloudStream.Http.Tests.Fuzz;

/// <summary>A request that the server takes, for every operation and every kind of body.</summary>
internal static class GoldenRequests
{
    public const string Data = "fuzz-data", Scratch = "fuzz-scratch";

    // Of a topic that is no more, and of two partitions.
    private const string Token = "AQAAAAAAAAAAAAAAAAAAAAACAAEB";
    private const string Records = $"/v1/topics/{Data}/records", Partition = $"/v1/topics/{Data}/partitions/0";

    public static IReadOnlyList<RawRequest> All { get; } =
    [
        Json(
            "POST", Records,
            """{"records":[{"key":"o-1","value":{"total":12.50,"list":[1,null,true,"\u00e4"]},"headers":{"origin":"web","none":null}},"""
                + """{"keyBase64":"AP8=","valueBase64":"aGVsbG8=","partition":1,"timestamp":"2026-01-31T12:00:00Z"}]}"""),
        Json("POST", $"{Records}?partition=0&key=k&keyFormat=auto&valueFormat=json",
            """[{"value":"a","headers":[{"name":"h","value":"v"},{"name":"h","valueBase64":"AQ=="}]},{"value":1e3,"timestamp":"""
                + """1760000000000}]"""),
        Json("POST", $"{Records}?partition=1", """{"value":"first"}""", ("If-Match", "\"0\"")),
        Json("POST", $"{Records}?partition=0", """[{"value":"a"},{"value":"b"}]""", ("Producer-Id", "1000"), ("Producer-Epoch", "0"),
            ("Producer-Seq", "0")),
        Post(Records, "application/x-ndjson",
            "{\"key\":\"k1\",\"value\":1}\n\n{\"value\":\"two\",\"partition\":1}\r\n{\"key\":\"k3\",\"valueBase64\":\"AQID\"}"u8.ToArray()),
        Post($"{Records}?results=true&keyFormat=string", "application/x-ndjson",
            "{\"key\":\"k1\",\"value\":1}\n{\"value\":[2]}\n"u8.ToArray()),
        Post($"{Records}?key=o-3", "text/plain", "hello"u8.ToArray(), ("CloudStream-Header-Origin", "shop")),
        Post(Records, "image/png", [137, 80], ("CloudStream-Key-Base64", "AP8="), ("CloudStream-Partition", "1")),
        Post($"{Records}?partition=0", "application/octet-stream", [0, 1, 2, 255]),
        Post($"{Partition}/batches", "application/vnd.cloudstream.batches", Batches(new RecordBatchOptions())),
        Post($"{Partition}/batches", "application/vnd.cloudstream.batches",
            Batches(new RecordBatchOptions { Compression = CompressionType.Gzip, ProducerId = 7, ProducerEpoch = 0, BaseSequence = 0 }),
            ("If-Match", "\"3\"")),
        Get($"{Partition}/batches?offset=0&maxBytes=4096&minBytes=1&wait=0"),
        Get($"{Partition}/records?offset=0&limit=10&maxBytes=4096&wait=1ms&keyFormat=auto&valueFormat=auto"),
        Get($"{Partition}/records?timestamp=2026-01-31T12:00:00Z&limit=3", ("Accept", "application/x-ndjson;q=0.9, */*;q=0.1")),
        Get($"{Partition}/records?offset=earliest&valueFormat=json", ("Accept", "application/json")),
        Get($"{Partition}/records?offset=1", ("Accept", "text/event-stream"), ("Last-Event-ID", "2")) with { MayFollow = true },
        Get($"{Records}?from=earliest&tokens=true&limit=3", ("Accept", "application/x-ndjson"), ("Last-Event-ID", Token)) with
        {
            MayFollow = true
        },
        Get($"{Records}?from=1760000000000&lastEventId={Token}") with { MayFollow = true },
        Get($"{Partition}/offsets?at=max-timestamp"),
        Get($"{Partition}/offsets?at=2026-01-31T12:00:00Z"),
        Json("POST", $"{Partition}/losses", """{"firstOffset":1000000,"lastOffset":1000001,"by":"Ada"}"""),
        Json("POST", $"{Partition}/delete-records", """{"beforeOffset":1}"""),
        Json("POST", "/v1/topics", """{"name":"fuzz-new","partitions":2,"config":{"retention.ms":"86400000","cleanup.policy":"delete"}}"""),
        Json("PATCH", $"/v1/topics/{Scratch}", """{"partitions":3,"config":{"retention.ms":null,"max.message.bytes":"1000"}}"""),
        new("DELETE", "/v1/topics/fuzz-new", [], []),
        Get("/v1/topics"),
        Get($"/v1/topics/{Data}"),
        Post("/v1/producers", "application/json", []),
        Get("/v1/cluster"),
        Get("/healthz"),
        Get("/readyz"),
        Get("/metrics"),
        Get("/openapi/v1.json"),
    ];

    private static RawRequest Get(string target, params (string, string)[] headers) => new("GET", target, headers, []);

    private static RawRequest Post(string target, string type, byte[] body, params (string, string)[] headers) =>
        new("POST", target, [("Content-Type", type), .. headers], body);

    private static RawRequest Json(string method, string target, string body, params (string, string)[] headers) =>
        new(method, target, [("Content-Type", "application/json"), .. headers], Encoding.UTF8.GetBytes(body));

    private static byte[] Batches(RecordBatchOptions options)
    {
        using var builder = new RecordBatchBuilder(options);
        for (var i = 0; i < 3; i++)
            builder.Append(1_760_000_000_000 + i, Encoding.ASCII.GetBytes($"key{i}"), Encoding.ASCII.GetBytes($"value{i}"));
        return builder.Build().ToArray();
    }
}
