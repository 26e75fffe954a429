using System.Text;
using CloudStream.Client;
using CloudStream.Proof;

namespace CloudStream.Cli.Tests.Faults;

/// <summary>The SDK's producer over all partitions, with sequences or without.</summary>
internal sealed class SdkProducer : FaultClient
{
    private const int MaxOutstanding = 40;
    private readonly SemaphoreSlim _room = new(MaxOutstanding);
    private readonly Producer _producer;
    private readonly int _partitions;
    private readonly bool _isIdempotent;

    public SdkProducer(string name, CloudStreamClient client, int partitions, bool isIdempotent, SharedHistory history, int seed)
        : base(name, history, seed)
    {
        (_partitions, _isIdempotent) = (partitions, isIdempotent);
        _producer = client.CreateProducer(
            new ProducerOptions { EnableIdempotence = isIdempotent, Linger = TimeSpan.FromMilliseconds(1), BatchBytes = 4096 });
    }

    public override async Task StopAsync()
    {
        await base.StopAsync();
        await _producer.FlushAsync(TestContext.Current.CancellationToken);
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _producer.Abort();
        await _producer.DisposeAsync();
        _room.Dispose();
    }

    protected override async Task RunAsync()
    {
        for (int i = 0; await ThinkAsync(8); i++)
        {
            await _room.WaitAsync();
            string value = $"{Name}:{i}";
            int partition = Random.Next(_partitions);
            AppendRecord append = History.Begin(Name, partition, value, _isIdempotent);
            await _producer.EnqueueAsync(Topic,
                new ProduceRecord { Key = new byte[Random.Next(600)], Value = Encoding.UTF8.GetBytes(value), Partition = partition },
                OnDelivery, append);
        }
    }

    private void OnDelivery(DeliveryReport report)
    {
        var append = (AppendRecord)report.State!;
        append.Completed = History.Tick();
        if (report.Error is null)
        {
            (append.BaseOffset, append.Outcome) = (report.Result.Offset, AppendOutcome.Acknowledged);
            Succeeded();
        }
        else
        {
            append.Outcome = report.Error.MayHaveHappened ? AppendOutcome.Unknown : AppendOutcome.Refused;
        }

        _room.Release();
    }
}
