using CloudStream.Kafka.Security;
using CloudStream.Kafka.Users;

namespace CloudStream.Kafka.Tests.Security;

public sealed class KafkaUsersTests
{
    [Fact]
    public async Task A_line_is_a_name_and_a_password_which_may_contain_colons_spaces_and_any_letters()
    {
        var users = KafkaUsers.Parse(["# who may come", "", "   ", "alice:with:colons", "bob: with spaces ", "Zoë:pässwörd", "carol:#1"],
            "users.txt");
        Assert.Equal(4, users.Count);
        Assert.True(await Knows(users, "alice", "with:colons"));
        Assert.True(await Knows(users, "bob", " with spaces "));
        Assert.True(await Knows(users, "Zoë", "pässwörd"));
        Assert.True(await Knows(users, "carol", "#1"));
        Assert.False(await Knows(users, "alice", "with"));
        Assert.False(await Knows(users, "bob", "with spaces"));
        Assert.False(await Knows(users, "ALICE", "with:colons"));
        Assert.False(await Knows(users, "# who may come", ""));
        Assert.False(await Knows(users, "nobody", ""));
    }

    [Fact]
    public async Task A_hashed_password_is_known_by_the_password_and_not_by_its_hash()
    {
        var hash = PasswordHash.Of("secret", 1000).ToString();
        var users = KafkaUsers.Parse([$"alice:{hash}", "bob:plain"], "users.txt");
        Assert.False(await Knows(users, "alice", hash));
        Assert.False(await Knows(users, "alice", "plain"));
        Assert.True(await Knows(users, "alice", "secret"));
        Assert.True(await Knows(users, "alice", "secret"));
        Assert.False(await Knows(users, "alice", "Secret"));
        Assert.True(await Knows(users, "bob", "plain"));
        Assert.False(await Knows(users, "bob", "secret"));
        Assert.False(await Knows(users, "nobody", ""));
    }

    // PBKDF2-HMAC-SHA512 of "password" with the salt "saltSALT", 2,000 iterations, 32 bytes, as Python's hashlib computes it.
    [Fact]
    public async Task A_hash_that_was_made_elsewhere_is_taken()
    {
        var users = KafkaUsers.Parse(["alice:pbkdf2-sha512:2000:c2FsdFNBTFQ=:4cqiLFYEN4pBURmw6rhN0ZFrATuMBqOLqnFKjOoMpRU="], "users.txt");
        Assert.True(await Knows(users, "alice", "password"));
        Assert.False(await Knows(users, "alice", "passwore"));
    }

    [Theory]
    [InlineData("secret-without-a-name", "users.txt:3: no colon: a line is NAME:PASSWORD")]
    [InlineData(":secret", "users.txt:3: no name before the colon")]
    [InlineData(" bob:secret", "users.txt:3: a space before or after the name 'bob'")]
    [InlineData("bob :secret", "users.txt:3: a space before or after the name 'bob'")]
    [InlineData("bob:", "users.txt:3: no password for 'bob'")]
    [InlineData("bob:sec\0ret", "users.txt:3: a NUL character")]
    [InlineData("alice:another", "users.txt:3: 'alice' has a line already")]
    [InlineData("bob:pbkdf2-sha512:secret",
        "users.txt:3: 'bob': a hashed password is pbkdf2-sha512:ITERATIONS:SALT:HASH, the last two in Base64")]
    [InlineData("bob:pbkdf2-sha512:2000:c2FsdA==:!!!!",
        "users.txt:3: 'bob': a hashed password is pbkdf2-sha512:ITERATIONS:SALT:HASH, the last two in Base64")]
    [InlineData("bob:pbkdf2-sha512:2000:c2FsdA==:AAAAAAAAAAAAAAAAAAAAAA==",
        "users.txt:3: 'bob': a hashed password has at least 8 bytes of salt and 16 bytes of hash")]
    [InlineData("bob:pbkdf2-sha512:999:c2FsdFNBTFQ=:AAAAAAAAAAAAAAAAAAAAAA==",
        "users.txt:3: 'bob': iterations of a hashed password are 1000 to 10000000")]
    public void A_bad_line_is_refused_by_its_place_and_without_what_may_be_a_password(string line, string expected)
    {
        var refused = Assert.Throws<FormatException>(() => KafkaUsers.Parse(["# users", "alice:a", line], "users.txt"));
        Assert.Equal(expected, refused.Message);
        Assert.DoesNotContain("secret", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_without_users_is_refused() =>
        Assert.Equal("users.txt: no user: at least one line NAME:PASSWORD is needed",
            Assert.Throws<FormatException>(() => KafkaUsers.Parse(["# nobody", ""], "users.txt")).Message);

    [Fact]
    public void A_token_does_not_print_its_password()
    {
        Assert.True(PlainToken.TryRead("\0alice\0secret"u8, out var token, out _));
        Assert.Equal("PLAIN of 'alice'", $"{token}");
    }

    private static async Task<bool> Knows(KafkaUsers users, string name, string password) =>
        await users.VerifyAsync(name, password, CancellationToken.None);
}
