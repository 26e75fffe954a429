using System.Buffers.Binary;
using System.Collections.Concurrent;
using CloudStream.Client;

namespace CloudStream.Cli.Tests.EndToEnd;

/// <summary>Produces numbered records round the partitions until it is stopped, and remembers what was acknowledged where.</summary>
internal sealed class LoadingProducer : IAsyncDisposable
{
    private const int MaxOutstanding = 400;
    private readonly ConcurrentBag<(int Partition, long Number, long Offset)> _acknowledged = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly SemaphoreSlim _room = new(MaxOutstanding);
    private readonly Producer _producer;
    private readonly string _topic;
    private readonly long[] _sent;
    private readonly Task _loop;
    private long _acknowledgedCount;
    private long _doubtful;
    private long _refused;

    public LoadingProducer(CloudStreamClient client, string topic, int partitions, bool isIdempotent, int seed)
    {
        _topic = topic;
        _sent = new long[partitions];
        _producer = client.CreateProducer(
            new ProducerOptions { EnableIdempotence = isIdempotent, Linger = TimeSpan.FromMilliseconds(1), BatchBytes = 16 * 1024 });
        _loop = Task.Run(() => LoopAsync(new Random(seed)));
    }

    public long Acknowledged => Volatile.Read(ref _acknowledgedCount);

    /// <summary>Records that were not acknowledged and may be in the log.</summary>
    public long Doubtful => Volatile.Read(ref _doubtful);

    /// <summary>Records that surely are not in the log.</summary>
    public long Refused => Volatile.Read(ref _refused);

    public static long NumberOf(ReadOnlySpan<byte> value) => BinaryPrimitives.ReadInt64LittleEndian(value);

    public long Sent(int partition) => _sent[partition];

    public IEnumerable<(long Number, long Offset)> AcknowledgedOf(int partition) =>
        _acknowledged.Where(a => a.Partition == partition).Select(a => (a.Number, a.Offset));

    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await _loop;
        await _producer.FlushAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _loop;
        _producer.Abort();
        await _producer.DisposeAsync();
        _stop.Dispose();
        _room.Dispose();
    }

    private async Task LoopAsync(Random random)
    {
        for (long i = 0; !_stop.IsCancellationRequested; i++)
        {
            try
            {
                await _room.WaitAsync(_stop.Token);
            }
            catch (OperationCanceledException)
            {
                return;
            }

            int partition = (int)(i % _sent.Length);
            byte[] value = new byte[random.Next(8, 2000)];
            BinaryPrimitives.WriteInt64LittleEndian(value, _sent[partition]);
            var place = new Place(partition, _sent[partition]++);
            await _producer.EnqueueAsync(_topic, new ProduceRecord { Value = value, Partition = partition }, OnDelivery, place);
        }
    }

    private void OnDelivery(DeliveryReport report)
    {
        var place = (Place)report.State!;
        if (report.Error is null)
        {
            _acknowledged.Add((place.Partition, place.Number, report.Result.Offset));
            Interlocked.Increment(ref _acknowledgedCount);
        }
        else if (report.Error.MayHaveHappened)
        {
            Interlocked.Increment(ref _doubtful);
        }
        else
        {
            Interlocked.Increment(ref _refused);
        }

        _room.Release();
    }

    private sealed record Place(int Partition, long Number);
}
