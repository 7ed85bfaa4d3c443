// Owns: tests of tokens that a program supplies: protocols and methods.

namespace TinyHost.Tests.Syntax;

public sealed class TokenTextTests
{
    // IANA, HTTP Method Registry, and QUERY.
    public static TheoryData<string> Registered =>
    [
        .. ("ACL BASELINE-CONTROL BIND CHECKIN CHECKOUT CONNECT COPY DELETE GET HEAD LABEL LINK LOCK MERGE MKACTIVITY MKCALENDAR MKCOL "
            + "MKREDIRECTREF MKWORKSPACE MOVE OPTIONS ORDERPATCH PATCH POST PROPFIND PROPPATCH PUT QUERY REBIND REPORT SEARCH TRACE UNBIND "
            + "UNCHECKOUT UNLINK UNLOCK UPDATE UPDATEREDIRECTREF VERSION-CONTROL").Split(' '),
    ];

    [Theory]
    [MemberData(nameof(Registered))]
    public void A_registered_method_is_known_in_its_own_case(string method)
    {
        Assert.True(TokenText.IsRegisteredMethod(method));
        Assert.False(TokenText.IsRegisteredMethod(method.ToLowerInvariant()));
        Assert.False(TokenText.IsRegisteredMethod(method + "X"));
    }

    [Theory]
    [InlineData("line", true)]
    [InlineData("line/2", true)]
    [InlineData("", false)]
    [InlineData("/", false)]
    [InlineData("/2", false)]
    [InlineData("line/", false)]
    [InlineData("line/2/3", false)]
    [InlineData("li ne", false)]
    [InlineData("line/ 2", false)]
    public void A_protocol_is_a_token_with_a_version_perhaps(string text, bool expected) =>
        Assert.Equal(expected, TokenText.IsProtocol(text));
}
