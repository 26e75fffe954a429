using System.Collections.Concurrent;
using System.Text.Json;
using CloudStream.Http.Tests.Hosting;
using CloudStream.Records;

namespace CloudStream.Http.Tests.Fuzz;

/// <summary>
/// Seeded mutation of requests that the server takes, for every operation: no fault of the server, no hang, no allocation out of
/// proportion, and a log that can be read afterwards. <c>FUZZ_CASES</c> sets how many cases there are (default 25,000).
/// </summary>
[Collection("alone")]
public sealed class HttpFuzzTests(BrokerFixture fixture) : IClassFixture<BrokerFixture>
{
    private const int Connections = 4;

    // By all connections while one waits for its answer; and a case on the average.
    private const long MaxAllocatedBytes = 64 * 1024 * 1024, MaxMeanAllocatedBytes = 256 * 1024;
    private static readonly int s_cases = int.TryParse(Environment.GetEnvironmentVariable("FUZZ_CASES"), out var cases) ? cases : 25_000;

    [Fact]
    public async Task Golden_requests_are_taken()
    {
        await CreateTopicsAsync();
        using var connection = new RawConnection(fixture.Host.Address);
        foreach (var golden in GoldenRequests.All)
        {
            var reply = await connection.SendAsync(golden);
            Assert.True(reply.Status is 200 or 201 or 204 or 409 or 416, $"{golden}: {reply}");
            Assert.Null(reply.Objection());
        }
    }

    [Fact]
    public async Task Mutated_requests_do_no_harm()
    {
        await CreateTopicsAsync();
        var before = GC.GetTotalAllocatedBytes();
        var statuses = new ConcurrentDictionary<int, int>();
        await Task.WhenAll(Enumerable.Range(1, Connections).Select(seed => Task.Run(() => RunAsync(seed, statuses))));
        TestContext.Current.TestOutputHelper!.WriteLine(string.Join(", ", statuses.OrderBy(s => s.Key).Select(s => $"{s.Key}: {s.Value}")));
        Assert.True(statuses[200] > s_cases / 5 && statuses[400] > s_cases / 5, "mutation should leave many requests valid and break many");
        Assert.InRange((GC.GetTotalAllocatedBytes() - before) / s_cases, 0, MaxMeanAllocatedBytes);
        await ReadEverythingAsync();
    }

    private async Task RunAsync(int seed, ConcurrentDictionary<int, int> statuses)
    {
        using var connection = new RawConnection(fixture.Host.Address);
        var random = new Random(seed);
        for (var i = 0; i < s_cases / Connections; i++)
        {
            var request = RequestMutation.Of(GoldenRequests.All[i % GoldenRequests.All.Count], random);
            if (random.Next(100) == 0)
            {
                await connection.SendPartAsync(request, random);
                continue;
            }

            var before = GC.GetTotalAllocatedBytes();
            var reply = await connection.SendAsync(request);
            var allocated = GC.GetTotalAllocatedBytes() - before;
            Assert.True(reply.Objection() is null && fixture.Faults.Lines.Count == 0,
                $"case {i} of seed {seed}: {reply.Objection()}: {request}\n{reply}\n{string.Join('\n', fixture.Faults.Lines)}");
            Assert.True(allocated < MaxAllocatedBytes, $"case {i} of seed {seed}: {allocated} bytes allocated: {request}");
            statuses.AddOrUpdate(reply.Status, 1, static (_, count) => count + 1);
            if (reply.Status == 201 || (request.Method == "PATCH" && reply.Status == 200))
                await TidyUpAsync(reply);
        }
    }

    private async Task CreateTopicsAsync()
    {
        foreach (var topic in (string[])[GoldenRequests.Data, GoldenRequests.Scratch])
        {
            var answer = await fixture.Host.PostJsonAsync("/v1/topics", $$"""{"name":"{{topic}}","partitions":2}""");
            Assert.True((int)answer.Status is 201 or 409, answer.Text);
        }
    }

    // Topics that mutations made go again, and those that they widened begin anew.
    private async Task TidyUpAsync(RawReply reply)
    {
        using var topic = JsonDocument.Parse(reply.Body);
        if (!topic.RootElement.TryGetProperty("name", out var name) || name.GetString() == GoldenRequests.Data)
            return;
        await fixture.Host.SendAsync(HttpMethod.Delete, $"/v1/topics/{Uri.EscapeDataString(name.GetString()!)}", null);
        await CreateTopicsAsync();
    }

    private async Task ReadEverythingAsync()
    {
        for (var partition = 0; partition < 2; partition++)
        {
            var path = $"/v1/topics/{GoldenRequests.Data}/partitions/{partition}";
            var next = (await fixture.Host.GetAsync($"{path}/offsets?at=earliest")).AssertOk().Json.GetProperty("offset").GetInt64();
            var (json, end) = (next, (await fixture.Host.GetAsync($"{path}/offsets?at=latest")).AssertOk().Json.GetProperty(
                "offset").GetInt64());
            while (next < end)
            {
                var answer = (await fixture.Host.GetAsync($"{path}/batches?offset={next}")).AssertOk();
                var batches = new RecordBatchEnumerator(answer.Bytes);
                while (batches.MoveNext())
                {
                    Assert.True(RecordBatchValidator.HasValidCrc(batches.CurrentBytes));
                    Assert.True(batches.Current.BaseOffset <= next);
                    next = batches.Current.BaseOffset + batches.Current.LastOffsetDelta + 1;
                }

                Assert.Equal(BatchReadStatus.End, batches.Status);
            }

            while (json < end)
            {
                var answer = await fixture.Host.GetAsync($"{path}/records?offset={json}");
                if ((int)answer.Status == 406)
                {
                    answer.AssertProblem(406, "undecodable");
                    json++;
                    continue;
                }

                foreach (var record in answer.AssertOk().Json.GetProperty("records").EnumerateArray())
                    Assert.Equal(json++, record.GetProperty("offset").GetInt64());
            }

            Assert.True(end > s_cases / 100, $"only {end} records came into partition {partition}");
        }
    }
}
