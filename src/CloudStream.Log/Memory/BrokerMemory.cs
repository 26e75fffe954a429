using System.Buffers;
using System.Diagnostics.Metrics;

namespace CloudStream.Log.Memory;

/// <summary>The memory that a broker's clients make it take, each kind with one budget for all of them. Thread-safe.</summary>
public sealed class BrokerMemory
{
    /// <summary>Creates the budgets.</summary>
    /// <param name="receiveBytes">What is being received may hold.</param>
    /// <param name="sendBytes">What is being sent may hold.</param>
    /// <param name="decodeBytes">Decompressing may hold.</param>
    /// <param name="meter">Gets the instruments.</param>
    public BrokerMemory(long receiveBytes, long sendBytes, long decodeBytes, Meter meter)
    {
        ArgumentNullException.ThrowIfNull(meter);
        Receiving = new TransferBudget(receiveBytes);
        Sending = new TransferBudget(sendBytes);
        Decoding = new ByteBudget(decodeBytes);
        Observe(meter, "receive", Receiving, "what requests hold that are being received");
        Observe(meter, "send", Sending, "what answers hold until they are sent");
        meter.CreateObservableUpDownCounter("cloudstream.socket.usage", () => SocketBlocks.Shared.UsedBytes, "By",
            "Memory that the servers of this process receive into and send from.");
        meter.CreateObservableUpDownCounter("cloudstream.decode.usage", () => Decoding.Used, "By",
            "Memory that decompressing takes now, of what is produced, looked up by time, or read as single records.");
    }

    /// <summary>What is being received: Kafka's requests, HTTP bodies and uploads.</summary>
    public TransferBudget Receiving { get; }

    /// <summary>What is being sent: Kafka's answers, HTTP pages and streams.</summary>
    public TransferBudget Sending { get; }

    /// <summary>What decompressing takes.</summary>
    public ByteBudget Decoding { get; }

    /// <summary>
    /// Memory for a large part of a request, outside of the collector's heap: when it is disposed of, others or the system have it at once.
    /// </summary>
    /// <param name="length">Bytes at least; their contents are undefined.</param>
    public static IMemoryOwner<byte> Rent(int length) => BufferPool.Shared.Rent(Math.Max(length, BufferPool.LargeBytes));

    private static void Observe(Meter meter, string name, TransferBudget budget, string what)
    {
        meter.CreateObservableUpDownCounter($"cloudstream.{name}.usage", () => budget.Used, "By", $"Memory: {what}.");
        meter.CreateObservableUpDownCounter($"cloudstream.{name}.waiting", () => budget.Waiting, "{connection}",
            $"Connections that wait for memory for {what}.");
        meter.CreateObservableCounter($"cloudstream.{name}.waits", () => budget.Waits, "{wait}", $"Waits for memory for {what}.");
    }
}
