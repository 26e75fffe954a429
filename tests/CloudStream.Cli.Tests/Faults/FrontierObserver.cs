using CloudStream.Proof;

namespace CloudStream.Cli.Tests.Faults;

/// <summary>Follows one partition over HTTP, hopping between brokers, and knows which process said where the log begins and ends.</summary>
internal sealed class FrontierObserver(string name, IReadOnlyList<BrokerPlace> places, int partition, SharedHistory history, int seed)
    : FaultClient(name, history, seed)
{
    private long _position;

    protected override async Task RunAsync()
    {
        using var talk = new BrokerTalk(places, Random);
        while (await ThinkAsync(60))
        {
            long asked = History.Tick();
            BrokerTalk.Reply reply = await talk.SendAsync(HttpMethod.Get,
                $"/v1/topics/{Topic}/partitions/{partition}/batches?offset={_position}&maxBytes=20000&wait={Random.Next(300)}ms");
            if (reply.Status is System.Net.HttpStatusCode.OK)
                Take(reply, asked);
            else if (reply.Code is not ("" or "store-unavailable" or "shutting-down" or "not-ready"))
                throw new ViolationException("reads succeed", $"{Name} read at {_position} of p{partition}: {reply.Text}");
        }
    }

    private void Take(BrokerTalk.Reply reply, long asked)
    {
        var records = BatchValues.WithOffsets(reply.Body).Where(r => r.Offset >= _position).ToList();
        foreach ((long offset, string value) in records)
        {
            if (offset != _position++)
                throw new ViolationException("no gap", $"{Name} read at {_position - 1} of p{partition} and got offset {offset}, {value}");
        }

        History.Observe(new Observation(Name, reply.Process, partition, asked, History.Tick(),
            reply.HeaderNumber("CloudStream-Log-Start-Offset"), reply.HeaderNumber("CloudStream-High-Watermark"), records));
        Succeeded();
    }
}
