stage('Machine identities') {
  environment {
    VERSION = '{{version}}'
    SHA256 = '{{sha256}}'
  }
  steps {
    sh '''
      {{fetch}}
      "$folder/hallpass" check ${CHANGE_TARGET:+--base "origin/$CHANGE_TARGET"} .
    '''
  }
}
