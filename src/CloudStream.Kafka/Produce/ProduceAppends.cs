using CloudStream.Kafka.Errors;
using CloudStream.Kafka.Messages;
using CloudStream.Kafka.Requests;
using CloudStream.Log.Calls;
using Answers = CloudStream.Kafka.Messages.ProduceResponse;

namespace CloudStream.Kafka.Produce;

/// <summary>The appends of one produce request, and the answer as it comes together. Used by one request.</summary>
internal sealed class ProduceAppends(RequestContext context)
{
    private readonly List<(Answers.PartitionProduceResponse Answer, AppendTicket Ticket)> _open = [];

    /// <summary>The answer; complete after <see cref="WaitAsync"/>, or at once when <see cref="IsSettled"/>.</summary>
    public ProduceResponse Response { get; } = new();

    /// <summary>Whether nothing has to be waited for.</summary>
    public bool IsSettled => _open.Count == 0;

    /// <summary>Whether any append failed, of those that are settled.</summary>
    public bool HasFailed { get; private set; }

    /// <summary>Begins a topic; what is added or refused from now on belongs to it.</summary>
    public void Add(string name, Guid id) => Response.Responses.Add(new Answers.TopicProduceResponse { Name = name, TopicId = id });

    public async ValueTask AddAsync(int partition, AppendTicket ticket)
    {
        var answer = Begin(partition);
        if (ticket.IsSettled)
            Fill(answer, await ticket.Outcome);
        else
            _open.Add((answer, ticket));
    }

    public void Refuse(int partition, KafkaError error, string? detail)
    {
        var answer = Begin(partition);
        (answer.ErrorCode, answer.ErrorMessage, answer.BaseOffset) = ((short)error, detail, -1);
        HasFailed = true;
    }

    /// <summary>Waits for all commits, as long as there is patience.</summary>
    public async ValueTask WaitAsync(AppendPatience patience)
    {
        foreach (var (answer, ticket) in _open)
            Fill(answer, await patience.WaitAsync(ticket, context.Ending));
    }

    private Answers.PartitionProduceResponse Begin(int partition)
    {
        var answer = new Answers.PartitionProduceResponse { Index = partition };
        Response.Responses[^1].PartitionResponses.Add(answer);
        return answer;
    }

    private void Fill(Answers.PartitionProduceResponse answer, in AppendResult result)
    {
        if (result.Error != ErrorCode.None)
            answer.ErrorCode = ErrorTable.CodeOf(result.Error, byId: context.Version >= 13);
        answer.ErrorMessage = result.Detail;
        answer.BaseOffset = result.BaseOffset;
        answer.LogAppendTimeMs = result.LogAppendTimeMs;
        answer.LogStartOffset = result.LogStartOffset;
        foreach (var refused in result.RefusedRecords ?? [])
            answer.RecordErrors.Add(
                new Answers.BatchIndexAndErrorMessage { BatchIndex = refused.Index, BatchIndexErrorMessage = refused.Reason });
        Response.ThrottleTimeMs = Math.Max(Response.ThrottleTimeMs, result.RetryAfterMs);
        HasFailed |= answer.ErrorCode != 0;
    }
}
