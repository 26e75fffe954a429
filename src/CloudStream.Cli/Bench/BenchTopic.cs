using CloudStream.Cli.Bench.Measuring;
using CloudStream.Client;

namespace CloudStream.Cli.Bench;

/// <summary>
/// The topic of a measurement: one that is there, or one that is made for it and deleted afterwards. Says which on standard error.
/// </summary>
internal sealed class BenchTopic : IAsyncDisposable
{
    private readonly CloudStreamClient _client;
    private readonly bool _delete;

    private BenchTopic(CloudStreamClient client, string name, bool isNew, bool delete)
    {
        _client = client;
        Name = name;
        IsNew = isNew;
        _delete = delete;
    }

    public string Name { get; }

    public bool IsNew { get; }

    public static async Task<BenchTopic> OpenAsync(CloudStreamClient client, BenchRequest request, CancellationToken cancellationToken)
    {
        if (request.Topic is { } present)
        {
            await client.Admin.DescribeTopicAsync(present, cancellationToken);
            return new BenchTopic(client, present, isNew: false, delete: false);
        }

        string name = $"bench-{TimeProvider.System.GetUtcNow():yyyyMMdd-HHmmss}-{Environment.ProcessId}";
        await client.Admin.CreateTopicAsync(name, request.Partitions, cancellationToken: cancellationToken);
        await Console.Error.WriteLineAsync(
            $"made topic {name} with {request.Partitions} partitions{(request.Keep ? "" : "; it is deleted afterwards")}");
        return new BenchTopic(client, name, isNew: true, delete: !request.Keep);
    }

    public async ValueTask DisposeAsync()
    {
        if (_delete)
            await _client.Admin.DeleteTopicAsync(Name, CancellationToken.None);
    }
}
