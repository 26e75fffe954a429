using System.Buffers;
using CloudStream.Kafka.Frames;
using CloudStream.Kafka.Messages;
using CloudStream.Kafka.Wire;

namespace CloudStream.Kafka.Tests.Wire;

/// <summary>
/// Seeded mutation of golden messages: whatever comes in, the answer is a message or a failure, never an exception, and what is allocated
/// stays in proportion. What could be read is written and read again, to the same. <c>FUZZ_CASES</c> sets how many cases each test runs
/// (default 100,000).
/// </summary>
public sealed class WireFuzzTests
{
    private const int MaxAllocatedBytes = 256 * 1024;
    private static readonly int s_cases = int.TryParse(Environment.GetEnvironmentVariable("FUZZ_CASES"), out var cases) ? cases : 100_000;

    [Fact]
    public void Bodies()
    {
        var random = new Random(1);
        var golden = GoldenMessages.All;
        for (var i = 0; i < s_cases; i++)
        {
            var valid = golden[i % golden.Count].Message;
            var mutated = valid with { Hex = Convert.ToHexStringLower(Mutate(random, valid.Bytes)) };
            Bounded(i, mutated.ToString(), Cut(random, mutated.Bytes), bytes => Body(mutated, bytes));
        }
    }

    [Fact]
    public void Frames()
    {
        var random = new Random(2);
        var frames = GoldenMessages.All.Where(g => g.Message.IsRequest).Select(g => Frame(g.Message)).ToArray();
        for (var i = 0; i < s_cases; i++)
        {
            var bytes = Mutate(random, frames[i % frames.Length]);
            Bounded(i, Convert.ToHexString(bytes), Cut(random, bytes), cut =>
            {
                var frame = RequestFrame.Read(cut);
                Assert.Equal(frame.Outcome == RequestOutcome.Parsed, frame.Request is not null);
                Assert.Equal(frame.Outcome == RequestOutcome.Malformed, frame.Failure.Reason != WireFailureReason.None);
            });
        }
    }

    private static void Body(WireCase mutated, ReadOnlySequence<byte> bytes)
    {
        var message = mutated.Read(bytes, out var failure, out _);
        if (failure.Reason != WireFailureReason.None)
            return;
        // Texts that are no UTF-8 come back with replacement characters, which are longer: what is read the second time is what was
        // written.
        if (Written(message, mutated.Version) is not { } first)
            return;
        var second = mutated with { Hex = first };
        Assert.Equal(first, WireCase.Write(second.Read(), mutated.Version));
    }

    private static string? Written(KafkaMessage message, short version)
    {
        try
        {
            return WireCase.Write(message, version);
        }
        catch (InvalidOperationException e) when (e.Message.Contains("a string has at most", StringComparison.Ordinal))
        {
            return null;
        }
    }

    private static void Bounded(int number, string what, ReadOnlySequence<byte> bytes, Action<ReadOnlySequence<byte>> parse)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            parse(bytes);
        }
        catch (Exception e)
        {
            Assert.Fail($"case {number}: {what}\n{e}");
        }

        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.True(allocated < MaxAllocatedBytes, $"case {number}: {allocated} bytes allocated for {what}");
    }

    private static byte[] Frame(WireCase message)
    {
        using var writer = new WireWriter();
        RequestFrame.Write(writer, new RequestHeader((short)message.Api.Key, message.Version, 7, "client"), (KafkaRequest)message.Read());
        return writer.Complete().Slice(4).ToArray();
    }

    private static ReadOnlySequence<byte> Cut(Random random, byte[] bytes) =>
        random.Next(3) == 0 ? Segments.CutAt(bytes, random.Next(bytes.Length + 1)) : new ReadOnlySequence<byte>(bytes);

    private static byte[] Mutate(Random random, byte[] valid)
    {
        var bytes = valid.ToList();
        for (var changes = random.Next(1, 5); changes > 0 && bytes.Count > 0; changes--)
        {
            var at = random.Next(bytes.Count);
            switch (random.Next(6))
            {
                case 0: bytes[at] ^= (byte)(1 << random.Next(8)); break;
                case 1: bytes[at] = (byte)random.Next(256); break;
                case 2: bytes[at] = random.Next(2) == 0 ? (byte)0xff : (byte)0x7f; break;
                case 3: bytes.RemoveRange(at, Math.Min(random.Next(1, 9), bytes.Count - at)); break;
                case 4: bytes.InsertRange(at, Enumerable.Range(0, random.Next(1, 9)).Select(_ => (byte)random.Next(256))); break;
                default: bytes.RemoveRange(at, bytes.Count - at); break;
            }
        }

        return [.. bytes];
    }
}
