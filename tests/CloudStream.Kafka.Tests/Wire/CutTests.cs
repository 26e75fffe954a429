using System.Buffers;
using CloudStream.Kafka.Wire;

namespace CloudStream.Kafka.Tests.Wire;

/// <summary>Messages as the network brings them: in pieces, and not all of them.</summary>
public sealed class CutTests
{
    [Fact]
    public void A_message_is_read_the_same_wherever_it_is_cut_in_two()
    {
        foreach (var message in GoldenMessages.All.Select(g => g.Message))
        {
            for (var at = 0; at <= message.Bytes.Length; at++)
                AssertRead(message, Segments.CutAt(message.Bytes, at), at);
        }
    }

    [Fact]
    public void A_message_is_read_the_same_one_byte_at_a_time()
    {
        foreach (var message in GoldenMessages.All.Select(g => g.Message))
            AssertRead(message, Segments.OneByOne(message.Bytes), 1);
    }

    [Fact]
    public void A_message_that_ends_early_is_a_failure_that_names_a_field_and_a_place()
    {
        foreach (var message in GoldenMessages.All.Select(g => g.Message))
        {
            for (var length = 0; length < message.Bytes.Length; length++)
            {
                message.Read(new ReadOnlySequence<byte>(message.Bytes, 0, length), out var failure, out var left);
                Assert.True(failure.Reason is WireFailureReason.TooShort or WireFailureReason.TooLong,
                    $"{message} up to {length}: {failure}");
                Assert.True(failure.Field.Length > 0 && failure.Position <= length && left == 0, $"{message} up to {length}: {failure}");
            }
        }
    }

    private static void AssertRead(WireCase message, ReadOnlySequence<byte> bytes, int at)
    {
        var read = message.Read(bytes, out var failure, out var left);
        Assert.True(failure.Reason == WireFailureReason.None && left == 0, $"{message} cut at {at}: {failure}, {left} left");
        Assert.Equal(message.Hex, WireCase.Write(read, message.Version));
    }
}
