// SPDX-License-Identifier: ISC
//
// OpenSSL 1.0.1i, which node 0.10.32 holds, as a peer of the legacy engine:
//
//	node legacy_peer_node.js server CERTIFICATE
//	node legacy_peer_node.js client PORT BYTES METHOD CIPHERS
//
// METHOD is SSLv3 or TLSv1. The client prints "PROTOCOL ok" or why not.

var fs = require('fs');
var tls = require('tls');

function server(path) {
	var pem = fs.readFileSync(path);
	var listener = tls.createServer({
		key: pem, cert: pem, ciphers: 'ALL:!aNULL:!eNULL',
		secureProtocol: 'SSLv23_method', honorCipherOrder: false
	}, function (stream) {
		stream.setNoDelay(true);
		stream.on('error', function () {});
		stream.pipe(stream);
	});

	listener.on('clientError', function (error) {
		console.error('server: ' + error);
	});
	listener.listen(0, '127.0.0.1', function () {
		console.log('port ' + listener.address().port);
	});
}

function client(port, size, method, ciphers) {
	var sent = new Buffer(size);
	var got = [];
	var count = 0;
	var failed = function (why) {
		console.log('- ' + why);
		process.exit(0);
	};

	for (var i = 0; i < size; i++)
		sent[i] = i * 7 % 251;
	var stream = tls.connect({
		port: port, host: '127.0.0.1', rejectUnauthorized: false,
		secureProtocol: method + '_client_method', ciphers: ciphers
	}, function () {
		stream.write(sent);
	});
	stream.on('error', failed);
	stream.on('end', function () { failed('closed'); });
	stream.on('data', function (bytes) {
		got.push(bytes);
		count += bytes.length;
		if (count < size)
			return;
		if (Buffer.concat(got).toString('hex') !== sent.toString('hex'))
			failed('other bytes came back');
		console.log(stream.getCipher().name + ' ok');
		process.exit(0);
	});
	setTimeout(function () { failed('silence'); }, 20000);
}

var args = process.argv.slice(2);
if (args[0] === 'server')
	server(args[1]);
else
	client(+args[1], +args[2], args[3], args[4]);
