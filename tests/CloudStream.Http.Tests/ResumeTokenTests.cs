using System.Text;
using CloudStream.Cluster.Topics;
using CloudStream.Http.Problems;
using CloudStream.Http.Tail;
using CloudStream.Http.Tests.Hosting;

namespace CloudStream.Http.Tests;

/// <summary>Resume tokens: exact, refused where they no longer are, and small with a thousand partitions.</summary>
public sealed class ResumeTokenTests(BrokerFixture fixture) : IClassFixture<BrokerFixture>
{
    private const int Many = 1000, MostChars = 4096;

    private static readonly Guid s_topic = new("824df236-ca9c-4e2d-ad64-1f30549ae326");

    [Theory]
    [InlineData(1, 0, 1)]
    [InlineData(1, 0, long.MaxValue)]
    [InlineData(2, 0, long.MaxValue)]
    [InlineData(380, 0, long.MaxValue)]
    [InlineData(381, 0, long.MaxValue)]
    [InlineData(Many, 0, 1)]
    [InlineData(Many, 0, 200)]
    [InlineData(Many, 0, 1_000_000)]
    [InlineData(Many, 0, 1L << 40)]
    [InlineData(Many, 0, long.MaxValue)]
    [InlineData(Many, 1L << 50, (1L << 50) + 100_000)]
    public void Every_offset_comes_back_exactly(int partitions, long least, long most)
    {
        for (var seed = 0; seed < 5; seed++)
        {
            var random = new Random(seed);
            var offsets = Enumerable.Range(0, partitions).Select(_ => random.NextInt64(least, most)).ToArray();

            // Read up to a few million records behind the end, and as many again come before the client does.
            var ends = offsets.Select(o => o + Math.Min(random.NextInt64(4_000_000), long.MaxValue - 1 - o)).ToArray();
            var token = Write(offsets, ends);
            var later = ends.Select(e => e + Math.Min(random.NextInt64(4_000_000), long.MaxValue - 1 - e)).ToArray();

            Assert.Equal(offsets, Resolve(token, later));
            Assert.InRange(token.Length, 1, MostChars);
            Assert.Matches("^[A-Za-z0-9_-]+$", token);
        }
    }

    [Fact]
    public void Partitions_that_are_far_behind_have_their_whole_offset()
    {
        var random = new Random(1);
        var ends = Enumerable.Range(0, Many).Select(_ => random.NextInt64(1L << 40, 1L << 50)).ToArray();
        long[] offsets = [.. ends.Select((e, i) => i % 100 == 0 ? random.NextInt64(e) : e)];

        var token = Write(offsets, ends);

        Assert.Equal(offsets, Resolve(token, ends));
        Assert.InRange(token.Length, 1, MostChars);
    }

    [Theory]
    [InlineData(1L << 30, 1L << 7)]
    [InlineData(1L << 40, 1L << 17)]
    [InlineData(1L << 55, 1L << 32)]
    public void Where_all_are_far_behind_offsets_are_rounded_down_and_none_is_skipped(long most, long granule)
    {
        var random = new Random(1);
        long[] starts = [.. Enumerable.Range(0, Many).Select(i => i % 3 == 0 ? 0 : random.NextInt64(most / 2))];
        long[] offsets = [.. starts.Select((s, i) => i % 5 == 0 ? s : i % 7 == 0 ? s + 1 : random.NextInt64(s, most))];
        long[] ends = [.. offsets.Select(o => o + most)];

        var token = Write(offsets, ends, starts);

        Assert.InRange(token.Length, 1, MostChars);
        var resolved = Resolve(token, ends, starts)!;
        for (var i = 0; i < Many; i++)
            Assert.InRange(offsets[i] - resolved[i], 0, Math.Min(granule, offsets[i] - starts[i]));

        // What retention may have taken is not passed over in silence.
        Assert.Null(Resolve(token, ends, [.. starts.Select((s, i) => i == 5 ? s + 1 : s)]));
        Assert.Null(Resolve(token, ends, [.. starts.Select((s, i) => i == 1 ? offsets[i] + 1 : s)]));
    }

    [Fact]
    public void Where_more_came_than_it_tells_it_says_so_instead_of_skipping()
    {
        long[] offsets = [.. Enumerable.Range(0, Many).Select(i => (long)i << 40)];
        var token = Write(offsets, offsets);

        Assert.Equal(offsets, Resolve(token, [.. offsets.Select(o => o + (1 << 24) - 1)]));
        Assert.Null(Resolve(token, [.. offsets.Select((o, i) => i == 7 ? o + (1 << 24) : o)]));
        Assert.Null(Resolve(token, [.. offsets.Select((o, i) => i == 7 ? o - 1 : o)]));
    }

    [Fact]
    public void The_bytes_are_those_of_the_document()
    {
        Assert.Equal("01" + "824DF236CA9C4E2DAD641F30549AE326" + "02" + "05" + "03" + "38", Hex(Write([5, 12], [20, 20])));
        var low = Hex(Write([.. Enumerable.Range(0, Many).Select(i => i == 0 ? 0L : 1L << 40)], [.. Enumerable.Repeat(1L << 40, Many)]));
        Assert.StartsWith("02" + "824DF236CA9C4E2DAD641F30549AE326" + "E807" + "18", low, StringComparison.Ordinal);
        Assert.EndsWith("000000" + "01" + "00" + "00", low, StringComparison.Ordinal); // partition 0 is far behind, at offset 0

        static string Hex(string token) => Convert.ToHexString(System.Buffers.Text.Base64Url.DecodeFromChars(token));
    }

    [Fact]
    public void No_text_that_is_cut_or_changed_brings_anything_but_a_refusal_or_offsets()
    {
        var random = new Random(1);
        var token = Write([5, 1L << 40, 7], [6, 1L << 41, 8]);
        for (var i = 0; i < 20_000; i++)
        {
            var text = new StringBuilder(token);
            text[random.Next(text.Length)] = (char)random.Next('-', 'z');
            text.Length = random.Next(4) == 0 ? random.Next(text.Length) : text.Length;
            try
            {
                var read = ResumeToken.Parse(text.ToString());
                if (read.Count <= 3)
                    Assert.All(read.Resolve(Partitions([6, 1L << 41, 8])) ?? [], static o => Assert.True(o >= 0));
            }
            catch (RequestRejectedException e)
            {
                Assert.Equal(400, e.Problem.Status);
            }
        }
    }

    [Fact]
    public async Task A_stream_of_a_thousand_partitions_has_small_ids_and_resumes_from_any_without_a_gap()
    {
        var topic = await fixture.Host.NewTopicAsync(Many);
        var random = new Random(1);
        var path = $"/v1/topics/{topic}/records";
        for (var round = 0; round < 4; round++)
        {
            // Offsets that differ by more than a bit each.
            var lines = Enumerable.Range(0, 1500).Select(
                i =>
                    $$"""{"value":"{{round}}-{{i}}-{{new string('x', random.Next(300))}}","partition":"""
                        + $$"""{{random.Next(Many) * random.Next(2)}}}""");
            (await fixture.Host.PostAsync(path, HttpHost.Body(string.Join('\n', lines), "application/x-ndjson"))).AssertOk();
        }

        var seen = new Dictionary<(int, long), int>();
        var (ids, withoutId, token) = (new List<string>(), 0, (string?)null);
        while (seen.Count < 6000)
        {
            using var events = await EventReader.OpenAsync(fixture.Host.Client, $"{path}?from=earliest", token);
            for (var left = 2500; left > 0 && seen.Count < 6000; left--)
            {
                var before = events.LastEventId;
                var record = (await events.NextAsync())!.Value.Data;
                var at = (record.GetProperty("partition").GetInt32(), record.GetProperty("offset").GetInt64());
                seen[at] = seen.GetValueOrDefault(at) + 1;
                if (events.LastEventId == before)
                    withoutId++;
                else
                    ids.Add(events.LastEventId);
            }

            token = events.LastEventId;
        }

        Assert.All(ids, id => Assert.InRange(id.Length, 1, MostChars));
        Assert.True(ids.Count(id => id.Length > 1024) * 10 < withoutId, $"{ids.Count} ids, {withoutId} events without");
        foreach (var partition in seen.Keys.GroupBy(k => k.Item1))
            Assert.Equal(Enumerable.Range(0, partition.Count()).Select(static i => (long)i), partition.Select(k => k.Item2).Order());
    }

    private static string Write(long[] offsets, long[] ends, long[]? starts = null) => Encoding.ASCII.GetString(
        new ResumeTokenWriter(s_topic, [.. offsets.Select((o, i) => new TailPosition(i, o, ends[i], starts?[i] ?? 0))]).Write());

    private static long[]? Resolve(string token, long[] ends, long[]? starts = null)
    {
        var read = ResumeToken.Parse(token);
        Assert.Equal((s_topic, ends.Length), (read.TopicId, read.Count));
        return read.Resolve(Partitions(ends, starts));
    }

    private static PartitionInfo[] Partitions(long[] ends, long[]? starts = null) =>
        [.. ends.Select((e, i) => new PartitionInfo(i, 0, 0, 0, starts?[i] ?? 0, e, 0, []))];
}
