using EngineErrorCode = CloudStream.Log.Calls.ErrorCode;

namespace CloudStream.Client.Tests;

public sealed class ErrorCodeTests
{
    // A code that the engine gains without the SDK would reach clients as whatever its HTTP status stands for.
    [Fact]
    public void Every_code_of_the_engine_is_one_of_the_SDK_under_the_same_name_and_number()
    {
        var engine = Enum.GetValues<EngineErrorCode>().Select(static c => (Name: $"{c}", Value: (int)c)).ToArray();
        Assert.Equal(26, engine.Length);
        Assert.Equal(engine, Enum.GetValues<ErrorCode>().Select(static c => (Name: $"{c}", Value: (int)c)).Take(engine.Length));
    }

    [Fact]
    public void The_SDK_has_codes_of_its_own_for_groups_and_for_what_happens_in_the_client_and_no_others()
    {
        string[] own =
        [
            "NotCoordinator", "CoordinatorUnavailable", "CoordinatorLoading", "UnstableOffset", "RebalanceInProgress", "UnknownMember",
            "IllegalGeneration", "MemberIdRequired", "FencedInstance",
            "InconsistentGroupProtocol", "InvalidSessionTimeout", "GroupFull", "InvalidGroupId", "UnknownGroup", "GroupNotEmpty",
            "GroupSubscribed", "OffsetMetadataTooLarge", "OffsetsTooLarge",
            "ConnectionFailed", "ReplyLost", "DeliveryTimedOut", "Closed", "SerializationFailed", "DeserializationFailed",
            "InvalidReply",
        ];
        Assert.Equal(own, Enum.GetNames<ErrorCode>().Except(Enum.GetNames<EngineErrorCode>()));
    }
}
