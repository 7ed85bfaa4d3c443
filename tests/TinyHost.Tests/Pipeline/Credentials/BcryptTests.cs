// Owns: tests of BcryptFormat, of TinyHost.Bcrypt.

using TinyHost.Bcrypt;
using TinyHost.Tests.Support;
using static TinyHost.Tests.Support.Credentials;

namespace TinyHost.Tests;

public sealed class BcryptTests
{
    // Of the password U*U, as OpenBSD and John the Ripper test it.
    private const string Known = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";

    private readonly BcryptFormat _format = new();

    [Theory]
    [InlineData("U*U", true)]
    [InlineData("U*U*", false)]
    [InlineData("", false)]
    public async Task Users_with_hashes_of_bcrypt_are_admitted(string password, bool expected)
    {
        var app = Authentication.Wrap(_ => Task.CompletedTask, auth => auth.Bcrypt().User("ann", Known));
        Assert.Equal(expected ? 200 : 401, (await app.GetAsync("/", Basic("ann:" + password))).Status);
    }

    [Theory]
    [InlineData("$2a$")]
    [InlineData("$2b$")]
    [InlineData("$2y$")]
    public void All_current_versions_are_read(string version)
    {
        var hash = version + Known[4..];
        Assert.True(_format.Recognizes(hash));
        Assert.Null(_format.FindFault(hash));
        Assert.True(_format.Verify("U*U", hash));
    }

    [Fact]
    public void Bytes_after_the_72nd_do_not_count()
    {
        const string hash = "$2a$05$abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui";
        Assert.True(_format.Verify("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", hash));
        Assert.True(_format.Verify("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 and more", hash));
        Assert.False(_format.Verify("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ012345678", hash));
    }

    [Theory]
    [InlineData("U*U\0")]
    [InlineData("U*U\0U*U")]
    [InlineData("U*U\0x")]
    public void A_password_with_NUL_is_never_right(string password) => Assert.False(_format.Verify(password, Known));

    [Theory]
    [InlineData("$2a$05$CCCC", "it has 11 characters; a hash of bcrypt has 60")]
    [InlineData("$2a$03$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "its cost is 03; it must be from 04 to 31")]
    [InlineData("$2a$32$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "its cost is 32; it must be from 04 to 31")]
    [InlineData("$2a$xx$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "its cost is xx; it must be from 04 to 31")]
    [InlineData("$2x$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "it must begin with $2a$, $2b$ or $2y$ and a cost")]
    [InlineData("$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOe=", "it has a character that is not one of bcrypt's digits")]
    public void A_malformed_hash_is_refused(string hash, string expected)
    {
        Assert.Equal(expected, _format.FindFault(hash));
        var fault = Assert.Throws<ArgumentException>(
            () => Authentication.Wrap(_ => Task.CompletedTask, auth => auth.Bcrypt().User("ann", hash)));
        Assert.Equal($"The password hash of user ann cannot be used: {expected}.", fault.Message);
    }

    [Fact]
    public async Task An_unknown_name_costs_what_most_users_cost()
    {
        // The hash with cost 31 would take days.
        var app = Authentication.Wrap(_ => Task.CompletedTask, auth => auth.Bcrypt()
            .User("eve", Known.Replace("$05$", "$31$", StringComparison.Ordinal)).User("ann", Known).User("bob", Known));
        for (var i = 0; i < 5; i++)
        {
            Assert.Equal(401, (await app.GetAsync("/", Basic($"user{i}:U*U"))).Status);
        }
    }

    [Fact]
    public void Users_replaced_by_the_program_can_have_hashes_of_both_formats()
    {
        var users = new PasswordUsers(_format);
        users.Replace([new("ann", Known), new("bob", PasswordHash.Create("x", 1_000))]);
        Assert.NotNull(users.Find(CredentialDigest.OfName("ann")));
        Assert.NotNull(users.Find(CredentialDigest.OfName("bob")));
    }
}
