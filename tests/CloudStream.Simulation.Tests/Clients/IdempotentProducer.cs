using CloudStream.Log.Calls;
using CloudStream.Records;
using CloudStream.Simulation.Tests.Brokers;
using CloudStream.Simulation.Tests.Checking;

namespace CloudStream.Simulation.Tests.Clients;

/// <summary>
/// Appends with sequences to one partition, each batch sent again with the same sequence, perhaps to another broker, until it is
/// acknowledged. Up to five batches are under way, counted from the oldest that is not acknowledged, for brokers remember five; the first
/// batch goes alone, for a broker takes any sequence from a producer that it does not know. Every batch must be in the log once and in
/// order.
/// </summary>
internal sealed class IdempotentProducer(World world, string name, int partition) : Client(world, name)
{
    private const int MaxUnderWay = 5;
    private readonly Queue<Task> _underWay = new();
    private long _producerId = -1;
    private int _sequence;

    protected override async Task RunAsync()
    {
        while (_producerId < 0)
        {
            var (outcome, id) = await CallAsync(async (broker, cancel) =>
            {
                try
                {
                    return await broker.AllocateProducerIdAsync(cancel);
                }
                catch (Storage.StoreException)
                {
                    return -1L;
                }
            });
            _producerId = outcome == CallOutcome.Answered ? id : -1;
            await DelayAsync(TimeSpan.FromMilliseconds(100));
        }

        while (!IsStopping)
        {
            while (_underWay.TryPeek(out var oldest) && oldest.IsCompleted)
                await _underWay.Dequeue();
            if (_underWay.Count < (Successes == 0 ? 1 : MaxUnderWay))
                _underWay.Enqueue(Watched(SendAsync()));
            await ThinkAsync();
        }

        await Task.WhenAll(_underWay);
    }

    private async Task SendAsync()
    {
        var first = _sequence;
        var values = Enumerable.Range(0, 1 + Random.Next(3)).Select(_ => $"{Name}:{_sequence++}").ToArray();
        var batch = Batch(values, new RecordBatchOptions { ProducerId = _producerId, ProducerEpoch = 0, BaseSequence = first });
        var append = History.Begin(Name, partition, values, isIdempotent: true);
        while (true)
        {
            var (outcome, reply) = await AppendAsync(partition, batch);
            append.Error = reply.Error;
            if (outcome == CallOutcome.Answered && reply.Error == ErrorCode.None)
            {
                (append.Outcome, append.Completed, append.BaseOffset, append.LogEnd) = (AppendOutcome.Acknowledged, History.Now,
                    reply.BaseOffset, reply.LogEndOffset);
                Successes++;
                return;
            }

            if (outcome == CallOutcome.Answered
                && reply.Error is not (ErrorCode.OutOfOrderSequence or ErrorCode.OutcomeUnknown or ErrorCode.StoreUnavailable
                    or ErrorCode.Overloaded or ErrorCode.ShuttingDown))
                throw new ViolationException("idempotent producer", $"{append} was answered {reply.Error}: {reply.Detail}");
            await DelayAsync(TimeSpan.FromMilliseconds(50 + Random.Next(600)));
        }
    }
}
