<p>hello
