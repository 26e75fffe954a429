using System.Runtime.CompilerServices;
using CloudStream.Client.Consuming;
using CloudStream.Client.Transport;
using Microsoft.Extensions.Logging;

namespace CloudStream.Client;

/// <summary>
/// Reads partitions as bytes, ahead of the consumption and within bounds: whole batches for speed, or record by record. One reading at a
/// time; seek, pause and assign may be called from any thread, also while reading.
/// </summary>
public sealed class Consumer : IAsyncDisposable, IDisposable
{
    private readonly Lock _gate = new();
    private readonly ReaderServices _services;
    private readonly CloudStreamClient _client;
    private readonly List<Task> _stopping = [];
    private PartitionReader[] _readers = [];
    private PartitionReader? _turn;
    private int _next;
    private int _isReading;
    private bool _isDisposed;

    internal Consumer(CloudStreamClient client, ConsumerOptions options)
    {
        options.Validate();
        _client = client;
        _services = new ReaderServices(
            client.Services, client.Admin, options, client.Services.Options.LoggerFactory.CreateLogger("CloudStream.Client.Consumer"));
    }

    /// <summary>The partitions that are read, with their positions.</summary>
    public IReadOnlyList<TopicPartitionOffset> Assignment =>
        [.. Readers.Select(reader => new TopicPartitionOffset(reader.Partition, reader.Position))];

    /// <summary>Signalled when there may be something to read.</summary>
    internal WakeUp Ready => _services.Ready;

    private PartitionReader[] Readers => Volatile.Read(ref _readers);

    /// <summary>
    /// Reads these partitions from these offsets, and no others any more. Offsets without a number are looked up when reading begins.
    /// </summary>
    /// <exception cref="ArgumentException">A partition is named twice.</exception>
    public void Assign(params IEnumerable<TopicPartitionOffset> partitions)
    {
        PartitionReader[] readers = [.. partitions.Select(place => new PartitionReader(_services, place))];
        Replace(_ => Distinct(readers, nameof(partitions)));
    }

    /// <summary>Reads these partitions too, from these offsets.</summary>
    /// <exception cref="ArgumentException">A partition is named twice, or assigned already.</exception>
    public void IncrementalAssign(params IEnumerable<TopicPartitionOffset> partitions)
    {
        PartitionReader[] readers = [.. partitions.Select(place => new PartitionReader(_services, place))];
        Replace(present => Distinct([.. present, .. readers], nameof(partitions)));
    }

    /// <summary>Reads these partitions no more; the others go on.</summary>
    public void IncrementalUnassign(params IEnumerable<TopicPartition> partitions)
    {
        var gone = partitions.ToHashSet();
        Replace(present => [.. present.Where(reader => !gone.Contains(reader.Partition))]);
    }

    /// <summary>Reads all partitions of a topic, and no others any more. The offsets are looked up now.</summary>
    /// <param name="topic">The topic's name.</param>
    /// <param name="from">Where to begin in each partition.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public async Task AssignAsync(string topic, Offset from, CancellationToken cancellationToken = default)
    {
        var metadata = await _client.Services.Catalog.RefreshAsync(topic, null, cancellationToken);
        var places = new TopicPartitionOffset[metadata.PartitionCount];
        await Parallel.ForAsync(0, places.Length, cancellationToken, async (partition, token) =>
            places[partition] = new(topic, partition,
                await _client.Admin.ListOffsetAsync(new TopicPartition(topic, partition), from, token)));
        Assign(places);
    }

    /// <summary>Reads one partition, and no others any more. The offset is looked up now.</summary>
    /// <param name="partition">The partition.</param>
    /// <param name="from">Where to begin.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public async Task AssignAsync(TopicPartition partition, Offset from, CancellationToken cancellationToken = default) =>
        Assign(new TopicPartitionOffset(partition, await _client.Admin.ListOffsetAsync(partition, from, cancellationToken)));

    /// <summary>Reads nothing any more.</summary>
    public void Unassign() => Assign();

    /// <summary>Goes on elsewhere in an assigned partition. Records that were read ahead are dropped.</summary>
    /// <exception cref="ArgumentException">The partition is not assigned.</exception>
    public void Seek(TopicPartitionOffset place) => Find(place.TopicPartition).Seek(place.Offset);

    /// <summary>Holds back the records of assigned partitions until they are resumed.</summary>
    /// <exception cref="ArgumentException">A partition is not assigned.</exception>
    public void Pause(params IEnumerable<TopicPartition> partitions)
    {
        foreach (var partition in partitions)
            Find(partition).IsPaused = true;
    }

    /// <summary>Goes on with partitions that were paused.</summary>
    /// <exception cref="ArgumentException">A partition is not assigned.</exception>
    public void Resume(params IEnumerable<TopicPartition> partitions)
    {
        foreach (var partition in partitions)
            Find(partition).IsPaused = false;
        _services.Ready.Signal();
    }

    /// <summary>The offset after the last record that was delivered; before that, where reading begins.</summary>
    /// <exception cref="ArgumentException">The partition is not assigned.</exception>
    public Offset Position(TopicPartition partition) => Find(partition).Position;

    /// <summary>
    /// Record batches as they come, without decoding them. They are valid until the next ones are asked for. Ends only with
    /// <see cref="ConsumerOptions.StopAtEnd"/>.
    /// </summary>
    /// <exception cref="ConsumeException">A partition could not be read on; reading again tries again.</exception>
    public async IAsyncEnumerable<ConsumedBatches> ConsumeBatchesAsync(
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using var reading = BeginReading();
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (TakeBatches() is { } batches)
            {
                try
                {
                    yield return batches;
                }
                finally
                {
                    batches.Release();
                }
            }
            else if (IsDone())
            {
                yield break;
            }
            else
            {
                await _services.Ready.WaitAsync(cancellationToken);
            }
        }
    }

    /// <summary>
    /// Records as bytes, without an allocation per record. A record is valid until the next one is asked for. Ends only with
    /// <see cref="ConsumerOptions.StopAtEnd"/>.
    /// </summary>
    /// <exception cref="ConsumeException">A partition could not be read on; reading again tries again.</exception>
    public async IAsyncEnumerable<ConsumedRecord> ConsumeRecordsAsync(
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using var reading = BeginReading();
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (TryRead(out var consumed))
                yield return consumed;
            else if (IsDone())
                yield break;
            else
                await _services.Ready.WaitAsync(cancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            if (!_isDisposed)
                _stopping.AddRange(_readers.Select(reader => reader.DisposeAsync().AsTask()));
            _isDisposed = true;
            Volatile.Write(ref _readers, []);
        }

        await Task.WhenAll(_stopping);
    }

    /// <summary>As <see cref="DisposeAsync"/>, and waits for it: for containers that are disposed synchronously.</summary>
    public void Dispose() => Closing.Wait(this);

    /// <summary>Begins to fetch, until the result is disposed.</summary>
    internal IDisposable BeginReading()
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        if (Interlocked.Exchange(ref _isReading, 1) == 1)
            throw new InvalidOperationException("This consumer is being read already; make one consumer per reading.");
        lock (_gate)
            StartReaders();
        return new Reading(this);
    }

    /// <summary>The next record, if one is at hand. It is valid until the next call.</summary>
    internal bool TryRead(out ConsumedRecord consumed)
    {
        var current = Volatile.Read(ref _turn);
        if (current is { IsBatchOver: false } && current.TryReadRecord(out var next))
        {
            consumed = new ConsumedRecord(current.Partition, next);
            return true;
        }

        // The other partitions' turn.
        foreach (var reader in InTurn())
        {
            if (!reader.TryReadRecord(out var record))
                continue;
            Volatile.Write(ref _turn, reader);
            consumed = new ConsumedRecord(reader.Partition, record);
            return true;
        }

        consumed = default;
        return false;
    }

    private static PartitionReader[] Distinct(PartitionReader[] readers, string parameter) =>
        readers.DistinctBy(reader => reader.Partition).Count() == readers.Length
            ? readers
            : throw new ArgumentException("A partition is named twice.", parameter);

    private void Replace(Func<PartitionReader[], PartitionReader[]> change)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            var readers = change(_readers);
            _stopping.RemoveAll(task => task.IsCompleted);
            _stopping.AddRange(_readers.Except(readers).Select(reader => reader.DisposeAsync().AsTask()));
            Volatile.Write(ref _readers, readers);
            if (Volatile.Read(ref _turn) is { } turn && !readers.Contains(turn))
                Volatile.Write(ref _turn, null);
            _services.SetReaders(readers.Length);
            if (Volatile.Read(ref _isReading) == 1)
                StartReaders();
        }

        _services.Ready.Signal();
    }

    private void StartReaders()
    {
        foreach (var reader in _readers)
            reader.Start();
    }

    private ConsumedBatches? TakeBatches()
    {
        foreach (var reader in InTurn())
        {
            if (!reader.IsPaused && reader.TakeBatches() is { } batches)
                return batches;
        }

        return null;
    }

    // Each time another one is first, so that none starves.
    private IEnumerable<PartitionReader> InTurn()
    {
        var readers = Readers;
        var first = _next++;
        for (var i = 0; i < readers.Length; i++)
            yield return readers[(int)((uint)(first + i) % (uint)readers.Length)];
    }

    /// <summary>Whether reading is to stop at the end and everything up to there was delivered.</summary>
    internal bool IsDone()
    {
        if (!_services.Options.StopAtEnd)
            return false;
        foreach (var reader in Readers)
        {
            if (!reader.IsDone)
                return false;
        }

        return true;
    }

    private PartitionReader Find(TopicPartition partition) =>
        Array.Find(Readers, reader => reader.Partition == partition)
        ?? throw new ArgumentException($"The partition {partition} is not assigned.", nameof(partition));

    private sealed class Reading(Consumer consumer) : IDisposable
    {
        public void Dispose() => Volatile.Write(ref consumer._isReading, 0);
    }
}
