// Owns: tests of ResponseFields: which fields a handler may set, and how they are read.

namespace TinyHost.Tests;

public sealed class ResponseFieldsTests
{
    private readonly ConnectionState _state = new();
    private readonly ResponseFields _fields;

    public ResponseFieldsTests()
    {
        _state.BeginRequest(hasContent: false, isPersistent: true);
        _state.GrantToHandler();
        _fields = new ResponseFields(_state, _state.Generation, [], isTrailer: false);
    }

    [Theory]
    [InlineData("X", "a\r\nSet-Cookie: b", "U+000D at position 1")]
    [InlineData("X", "a\nb", "U+000A at position 1")]
    [InlineData("X", "\0", "U+0000 at position 0")]
    [InlineData("X", "ab\u007f", "U+007F at position 2")]
    [InlineData("X", "\u0100", "U+0100 at position 0")]
    [InlineData("X\r\nY", "v", "is not a field name")]
    [InlineData("X Y", "v", "is not a field name")]
    [InlineData("X:", "v", "is not a field name")]
    [InlineData("", "v", "is not a field name")]
    public void Text_that_would_split_the_response_is_refused(string name, string value, string why)
    {
        Assert.Contains(why, Assert.Throws<ArgumentException>(() => _fields[name] = value).Message, StringComparison.Ordinal);
        Assert.Contains(why, Assert.Throws<ArgumentException>(() => _fields.Add(name, value)).Message, StringComparison.Ordinal);
        Assert.Empty(_fields);
    }

    [Theory]
    [InlineData("Content-Length", "set Response.ContentLength")]
    [InlineData("transfer-encoding", "content of unknown length is chunked")]
    [InlineData("CONNECTION", "call Response.CloseConnection")]
    [InlineData("Keep-Alive", "ServerLimits.IdleTimeout")]
    [InlineData("Date", "the time of sending")]
    public void A_field_that_the_server_writes_names_the_member_to_use_instead(string name, string instead) =>
        Assert.Contains(instead, Assert.Throws<InvalidOperationException>(() => _fields[name] = "1").Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("")]
    [InlineData("a\tb c")]
    [InlineData("caf\u00e9 \u00ff")]
    public void Latin_1_text_is_accepted(string value)
    {
        _fields["X"] = value;
        Assert.Equal(value, _fields["x"]);
    }

    /// <summary>Browsers read a backslash as a slash and drop tabs: a peer's text must not become the authority of a redirect.</summary>
    [Theory]
    [InlineData("Location", "/\\evil.example", "/%5Cevil.example")]
    [InlineData("location", "/\t/evil.example", "/%09/evil.example")]
    [InlineData("Content-Location", "/a b", "/a%20b")]
    [InlineData("Location", "/search?q=100%", "/search?q=100%25")]
    [InlineData("Location", "/\u65e5", "/%E6%97%A5")]
    [InlineData("Location", "https://[::1]/a?b[]=c#d", "https://[::1]/a?b[]=c#d")]
    [InlineData("X-Location", "/\\a b%", "/\\a b%")]
    public void A_location_is_a_URI_reference(string name, string value, string expected)
    {
        _fields[name] = value;
        Assert.Equal(expected, _fields[name]);
        _fields[name] = null;
        _fields.Add(name, value);
        Assert.Equal([new(name, expected)], _fields);
    }

    [Fact]
    public void A_location_with_a_line_end_is_refused() => Assert.Throws<ArgumentException>(() => _fields["Location"] = "/a\r\nX: y");

    [Fact]
    public void Setting_replaces_every_line_of_the_name_and_null_removes_them()
    {
        _fields.Add("A", "1");
        _fields.Add("B", "2");
        _fields.Add("a", "3");
        _fields["A"] = "4";
        Assert.Equal([new("A", "4"), new("B", "2")], _fields);
        _fields["b"] = null;
        Assert.Equal([new("A", "4")], _fields);
        Assert.Null(_fields["B"]);
    }

    [Fact]
    public void Nothing_changes_once_the_fields_are_sent()
    {
        _fields["A"] = "1";
        _state.StartResponse();
        Assert.Throws<InvalidOperationException>(() => _fields["A"] = "2");
        Assert.Throws<InvalidOperationException>(() => _fields["A"] = null);
        Assert.Throws<InvalidOperationException>(() => _fields.Add("B", "2"));
        Assert.Equal("1", _fields["A"]);
    }

    [Theory]
    [InlineData("Vary", "a, b")]
    [InlineData("Set-Cookie", "a")]
    public void Lines_of_one_name_are_joined_as_the_field_allows(string name, string expected)
    {
        _fields.Add(name, "a");
        _fields.Add("X", "x");
        _fields.Add(name, "b");
        Assert.Equal(expected, _fields[name]);
        Assert.Equal(["a", "b"], _fields.GetLines(name));
        Assert.Equal((true, false), (_fields.Contains("x"), _fields.Contains("Y")));
        Assert.Empty(_fields.GetLines("Y"));
    }

    [Fact]
    public void Fields_of_an_earlier_request_show_nothing_of_the_next()
    {
        _fields["A"] = "1";
        _state.RevokeFromHandler();
        _state.Renew();
        Assert.Throws<InvalidOperationException>(() => _fields["A"]);
        Assert.Throws<InvalidOperationException>(() => _fields.Count);
        Assert.Throws<InvalidOperationException>(() => _fields.Contains("A"));
        Assert.Throws<InvalidOperationException>(() => _fields.GetLines("A"));
        Assert.Throws<InvalidOperationException>(() => _fields.GetEnumerator());
    }
}
