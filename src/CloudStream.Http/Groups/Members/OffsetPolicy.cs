namespace CloudStream.Http.Groups.Members;

/// <summary>Where a member begins in a partition for which its group has no offset, or one that is no longer in the log.</summary>
internal enum OffsetPolicy
{
    /// <summary>At the end of the log.</summary>
    Latest,

    /// <summary>At the first record that is still there.</summary>
    Earliest,

    /// <summary>Nowhere: the poll fails.</summary>
    None,
}
