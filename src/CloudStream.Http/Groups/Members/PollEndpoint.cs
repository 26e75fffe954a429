using CloudStream.Http.Face;
using CloudStream.Http.Formats;
using CloudStream.Http.Requests;
using CloudStream.Http.Routing;
using Microsoft.AspNetCore.Http;

namespace CloudStream.Http.Groups.Members;

/// <summary><c>POST /v1/groups/{group}/members/{member}/poll</c>: the next records for a member.</summary>
internal sealed class PollEndpoint(HttpFace face, MemberSessions sessions)
{
    public Operation Operation => new()
    {
        Id = "pollGroup",
        Method = "POST",
        Pattern = "/v1/groups/{group}/members/{member}/poll",
        Tag = "groups",
        Summary = "Fetch the next records of a member's partitions.",
        Description = "Polling says that what earlier polls answered is processed: it is committed first, unless commit is false. after "
            + "names the last answer that the client has; where that "
            + "is not the last one given, its records come again. A poll keeps the member alive and joins again by itself where the group "
            + "rebalances.",
        Query = [new("keyFormat", "ByteFormat", "How keys are shown."), new("valueFormat", "ByteFormat", "How values are shown.")],
        Bodies = [new(MediaTypes.Json, "Poll")],
        Responses = [new(200, "Records, and where the member stands.", MediaTypes.Json, "PollAnswer")],
        Problems = [307, 400, 404, 409, 415, 416, 421, 503],
        Handler = HandleAsync,
    };

    private async Task HandleAsync(HttpContext context)
    {
        using var body = await JsonBody.ReadOptionalAsync(context, face.Memory, PollTerms.Members);
        var terms = PollTerms.Read(body, new QueryReader(context));
        Accept.Choose(context.Request, MediaTypes.Json);
        var request = new GroupRequest(face, sessions, context);
        var session = await request.FindSessionAsync();
        using var entered = session.Enter();
        await session.Polling.WaitAsync(context.RequestAborted);
        try
        {
            using var found = await new MemberPoll(request, session, terms).RunAsync();
            await AnswerAsync(context, session, terms, found);
        }
        finally
        {
            session.Polling.Release();
        }
    }

    private async ValueTask AnswerAsync(HttpContext context, MemberSession session, PollTerms terms, PolledRecords found)
    {
        var number = session.Positions.BeginAnswer();
        foreach (var (partition, page) in found.Pages)
            session.Positions.Give(partition, page.NextOffset);
        try
        {
            context.Response.ContentType = MediaTypes.Json;
            context.Response.Headers.CacheControl = "no-store";
            await WriteAsync(context, session, terms, found, number);
        }
        catch
        {
            session.Positions.TakeBack();
            throw;
        }

        face.Meters.Served(found.Count);
    }

    private static async ValueTask WriteAsync(HttpContext context, MemberSession session, PollTerms terms, PolledRecords found, long number)
    {
        using var writer = new JsonRecordWriter(context.Response.BodyWriter, new RecordJson(terms.KeyFormat, terms.ValueFormat), json =>
        {
            MemberJson.WriteMembers(json, session.MemberId, session.Standing, found.IsRebalancing);
            json.WriteNumber("poll", number);
        });
        writer.Begin(default);
        foreach (var (partition, page) in found.Pages)
        {
            for (var i = 0; i < page.Count; i++)
            {
                writer.Write(partition.Partition, page[i], topic: partition.Topic);
                if (writer.IsFull)
                    await writer.FlushAsync(context.RequestAborted);
            }
        }

        await writer.EndAsync(default, context.RequestAborted);
    }
}
