namespace CloudStream.Kafka.Security;

/// <summary>What is done with the next frame of a connection on which clients authenticate.</summary>
internal enum Admission
{
    /// <summary>It is read as a request.</summary>
    Request,

    /// <summary>It is a bare token, without a header.</summary>
    Token,

    /// <summary>It is none of its turn: the connection ends.</summary>
    OutOfTurn,

    /// <summary>The session is over: the connection ends.</summary>
    Expired,
}
