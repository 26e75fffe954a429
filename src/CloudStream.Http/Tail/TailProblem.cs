using CloudStream.Http.Problems;
using CloudStream.Log.Calls;

namespace CloudStream.Http.Tail;

/// <summary>Why a stream cannot go on where its client left it.</summary>
internal static class TailProblem
{
    public static Problem OtherTopic() => Problem.From(ErrorCode.OffsetOutOfRange,
        "The id is that of an event of a topic that was deleted; the topic of this name was created since. Begin anew, without the id.");

    public static Problem TooFarBack() => Problem.From(ErrorCode.OffsetOutOfRange,
        "Millions of records were appended since the event of this id, or records have expired, more than an id for so many partitions "
        + "can tell. "
        + "Begin anew, without the id, or follow partitions one by one.");
}
